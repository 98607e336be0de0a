import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { hasKubernetes, KubernetesApi } from '../support/kubernetes-api.ts'

const root = new URL('../../', import.meta.url).pathname

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** In the order in which `kubectl apply -f examples/kubernetes/` sends them: namespaces first. */
const manifests: Manifest[] = globSync('examples/kubernetes/*.yaml', { cwd: root })
  .toSorted()
  .flatMap((file) => parseAllDocuments(readFileSync(join(root, file), 'utf8')))
  .map((document) => document.toJS() as Manifest)
  .toSorted((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'))

const resources: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ConfigMap: 'configmaps',
  DaemonSet: 'daemonsets',
}

function collectionOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const inside = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${group}${inside}/${resources[kind] ?? kind}`
}

/** The server checks all that it would check, and refuses what it does not know. */
const dry = 'dryRun=All&fieldValidation=Strict'

let api: KubernetesApi
beforeAll(async () => {
  if (hasKubernetes()) api = await KubernetesApi.start()
})
afterAll(() => api?.[Symbol.asyncDispose]())

describe.runIf(hasKubernetes())('a real kube-apiserver', () => {
  test('takes each manifest of the examples', async () => {
    // Into namespaces that are not there nothing goes, dry or not.
    const namespaces = new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []))
    const own = new Set(manifests.filter(({ kind }) => kind === 'Namespace').map(nameOf))
    for (const name of namespaces) {
      const ask = { metadata: { name } }
      if (name !== 'kube-system' && !own.has(name)) await api.create('/api/v1/namespaces', ask)
    }
    const answers: unknown[] = []
    for (const manifest of manifests) {
      // What others are put into is made for good.
      const how = manifest.kind === 'Namespace' ? 'fieldValidation=Strict' : dry
      const { status, text } = await api.ask('POST', `${collectionOf(manifest)}?${how}`, manifest)
      answers.push([nameOf(manifest), status === 201 ? 201 : text])
    }
    expect(answers.length).toBeGreaterThan(3)
    expect(answers).toEqual(manifests.map((manifest) => [nameOf(manifest), 201]))
  })

  test('refuses one of which a key is misspelt', async () => {
    const set = manifests.find(({ kind }) => kind === 'DaemonSet')
    const { status, text } = await api.ask(
      'POST',
      `/apis/apps/v1/namespaces/default/daemonsets?${dry}`,
      {
        ...set,
        metadata: { name: 'misspelt' },
        sepc: {},
      },
    )
    expect(status).toBe(400)
    expect(text).toContain('unknown field \\"sepc\\"')
  })
})

function nameOf({ metadata }: Manifest): string {
  return metadata.name
}
