import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { registry } from '../../src/service/registry.ts'
import { capabilities } from '../../src/source/capabilities.ts'
import { faultsBySchema, type Schema } from '../support/json-schema.ts'

const root = new URL('../../', import.meta.url).pathname
/** Of the API of Kubernetes 1.36, strict: a key that is not known is a fault. */
const schemas: Schema & { kinds: Record<string, Schema> } = JSON.parse(
  readFileSync(join(root, 'test/kubernetes/schemas.json'), 'utf8'),
)

interface Named {
  readonly name: string
  readonly namespace?: string
}
interface Probe {
  readonly httpGet: { readonly host: string; readonly port: number; readonly path: string }
}
/** Of what the manifests have, what is looked at here. */
interface Manifest {
  readonly kind: string
  readonly metadata: Named
  readonly data: Readonly<Record<string, string>>
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        hostPID?: unknown
        hostPid?: unknown
        readonly serviceAccountName: string
        readonly volumes: readonly Named[]
        readonly containers: readonly {
          readonly securityContext: object
          readonly volumeMounts: readonly Named[]
          readonly startupProbe: Probe
          readonly livenessProbe: Probe
          readonly readinessProbe: Probe
        }[]
      }
    }
  }
}

const manifests: [name: string, manifest: Manifest][] = globSync('examples/kubernetes/*.yaml', {
  cwd: root,
}).flatMap((file) =>
  parseAllDocuments(readFileSync(join(root, file), 'utf8')).map((document): [string, Manifest] => {
    const manifest = document.toJS()
    return [`${file} ${manifest.kind}`, manifest]
  }),
)

function find(kind: string): Manifest {
  const found = manifests.find(([, one]) => one.kind === kind)?.[1]
  if (found === undefined) throw new Error(`no ${kind} in the examples`)
  return found
}
const faultsOf = (manifest: Manifest): string[] =>
  faultsBySchema(manifest, schemas.kinds[manifest.kind] ?? {}, schemas)

test.each(manifests)('%s is as the API of Kubernetes takes it', (_name, manifest) => {
  expect(Object.keys(schemas.kinds)).toContain(manifest.kind)
  expect(faultsOf(manifest)).toEqual([])
})

test('a key that is misspelt, or of the wrong type, would be found', () => {
  const misspelt = structuredClone(find('DaemonSet'))
  misspelt.spec.template.spec.hostPid = true
  expect(faultsOf(misspelt)).toEqual(['.spec.template.spec: hostPid is not known'])
  const wrong = structuredClone(find('DaemonSet'))
  wrong.spec.template.spec.hostPID = 'yes'
  expect(faultsOf(wrong)).toEqual(['.spec.template.spec.hostPID: not boolean or null'])
})

test('the configuration in it is valid and warns of nothing', () => {
  const text = find('ConfigMap').data['config.yaml'] ?? ''
  expect(loadConfig([`yaml:${text}`], registry, {}).warnings).toEqual([])
})

function container() {
  const [only] = find('DaemonSet').spec.template.spec.containers
  if (only === undefined) throw new Error('no container in the DaemonSet')
  return only
}

test('the container has the least capabilities, and nothing of a privileged one', () => {
  const least = capabilities.filter(({ isExpected }) => isExpected)
  expect(container().securityContext).toMatchObject({
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: least.map(({ name }) => name.replace('CAP_', '')) },
  })
})

test('probes ask the extension health_check where it listens', () => {
  const config = loadConfig([`yaml:${find('ConfigMap').data['config.yaml'] ?? ''}`], registry, {})
  const health = config.extensions.get('health_check')?.config
  const { endpoint, path, live_path: livePath } = (health ?? {}) as Record<string, string>
  const { startupProbe, livenessProbe, readinessProbe } = container()
  const asked = (probe: Probe) => `${probe.httpGet.host}:${probe.httpGet.port}${probe.httpGet.path}`
  expect([startupProbe, livenessProbe].map(asked)).toEqual([
    `${endpoint}${livePath}`,
    `${endpoint}${livePath}`,
  ])
  expect(asked(readinessProbe)).toBe(`${endpoint}${path}`)
})

test('its service account, volumes and labels belong together', () => {
  const { metadata, spec } = find('DaemonSet')
  const account = find('ServiceAccount').metadata
  expect([account.name, account.namespace]).toEqual([
    spec.template.spec.serviceAccountName,
    metadata.namespace,
  ])
  expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
  const names = (list: readonly Named[]) => new Set(list.map(({ name }) => name))
  expect(names(container().volumeMounts)).toEqual(names(spec.template.spec.volumes))
})
