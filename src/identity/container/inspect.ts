import { existsSync } from 'node:fs'
import { messageOf } from '../../shared/errors.ts'
import { type Endpoint, usualEndpoints } from './endpoints.ts'
import { NotServed } from './runtime.ts'
import { createRuntime } from './runtimes.ts'

/** One runtime that was looked for. */
export interface FoundRuntime {
  readonly path: string
  readonly isOk: boolean
  /** What it is, or what keeps it from answering. */
  readonly detail: string
}

const answerMs = 3_000

/** Asks each runtime whose socket is there who it is. */
export async function inspectRuntimes(
  endpoints: readonly Endpoint[] = usualEndpoints(),
): Promise<FoundRuntime[]> {
  const there = endpoints.filter(({ path }) => existsSync(path))
  return Promise.all(there.map(inspectOne))
}

async function inspectOne(endpoint: Endpoint): Promise<FoundRuntime> {
  const { path } = endpoint
  try {
    const name = await createRuntime(endpoint).identify(AbortSignal.timeout(answerMs))
    return { path, isOk: true, detail: name }
  } catch (error) {
    if (error instanceof NotServed)
      return { path, isOk: true, detail: 'no runtime that tells of containers' }
    return { path, isOk: false, detail: messageOf(error) }
  }
}
