import { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'

export type ProfileKind = 'cpu' | 'heap'

/** V8's default: one sample a 512 KiB allocated. */
const heapSamplingBytes = 512 * 1024
/** One sample a ms costs a few percent of CPU. */
const cpuSamplingUs = 1000

/**
 * Profiles of this process, one at a time: `cpu` is V8's `.cpuprofile`, `heap` its `.heapprofile` of what was allocated
 * and still lives. Neither stops the program.
 */
export class Profiler {
  #isBusy = false

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** @returns JSON text; less if the signal ends it early. @throws if one is being taken */
  async take(kind: ProfileKind, ms: number, signal: AbortSignal): Promise<string> {
    if (this.#isBusy) throw new Error('a profile is being taken')
    this.#isBusy = true
    const session = new Session()
    session.connect()
    try {
      return JSON.stringify(await (kind === 'cpu' ? cpu : heap)(session, ms, signal))
    } finally {
      session.disconnect()
      this.#isBusy = false
    }
  }
}

async function cpu(session: Session, ms: number, signal: AbortSignal): Promise<unknown> {
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: cpuSamplingUs })
  await session.post('Profiler.start')
  await pause(ms, signal)
  return (await session.post('Profiler.stop')).profile
}

async function heap(session: Session, ms: number, signal: AbortSignal): Promise<unknown> {
  await session.post('HeapProfiler.enable')
  await session.post('HeapProfiler.startSampling', { samplingInterval: heapSamplingBytes })
  await pause(ms, signal)
  return (await session.post('HeapProfiler.stopSampling')).profile
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    // Whoever asked has gone.
  }
}
