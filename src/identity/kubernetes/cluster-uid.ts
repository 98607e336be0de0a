import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import { ApiError } from './api-error.ts'
import type { Condition } from './condition.ts'
import { objectOf, textOf } from './fields.ts'
import { Pauses } from './pauses.ts'

const silenceMs = 10_000
const maxBytes = 256 << 10

interface ClusterUidSettings {
  readonly client: ApiClient
  readonly condition: Condition
  readonly signal: AbortSignal
}

/**
 * The uid of the namespace kube-system, which stands for the cluster's, as the semantic conventions want it. Asks until the
 * server is there.
 *
 * @returns `undefined` if the server does not tell it, or the signal came
 */
export async function readClusterUid(settings: ClusterUidSettings): Promise<string | undefined> {
  const { condition, signal } = settings
  const pauses = new Pauses()
  while (!signal.aborted) {
    try {
      const uid = await ask(settings)
      condition.works()
      return uid
    } catch (error) {
      if (signal.aborted) break
      condition.failed(error)
      if (error instanceof ApiError && (error.status === 403 || error.status === 404)) break
    }
    await sleep(pauses.next(), undefined, { signal, ref: false }).catch(() => {})
  }
  // Whoever may not read it goes on without.
  condition.ended()
  return undefined
}

async function ask({ client, signal }: ClusterUidSettings): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  await client.get({
    path: '/api/v1/namespaces/kube-system',
    query: {},
    silenceMs,
    onChunk: (chunk) => {
      bytes += chunk.length
      if (bytes > maxBytes) throw new RangeError('the namespace kube-system is too long')
      parts.push(chunk)
    },
    signal,
  })
  const namespace = objectOf(JSON.parse(Buffer.concat(parts).toString('utf8')))
  return textOf(objectOf(namespace['metadata'])['uid'])
}
