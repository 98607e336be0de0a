// Runs one stage of a tracer's life in a process or worker of its own, then goes on or ends as told.
// Plain JavaScript and no test runner: it also runs under AddressSanitizer, where start-up has to be cheap.
//
// node lifecycle.js STAGE end|exit|throw                in the main thread
// node lifecycle.js STAGE terminate|three|'any moment'  in workers, which are terminated

import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const at = (/** @type {string} */ path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const addon = process.env.NETTRACER_TEST_ADDON ?? at('build/nettracer.node')
const path = at('build/nettracer.bpf.o')
const { Tracer } = createRequire(import.meta.url)(addon)

const into = new Uint8Array(256 << 10)

function opened() {
  const tracer = new Tracer()
  tracer.open({ path })
  return tracer
}

/** @param {any} tracer */
async function wholePass(tracer) {
  while ((await tracer.readPass('file_pass', into)) > 0);
  while ((await tracer.readPass('socket_pass', into)) > 0);
}

/** What is left alone at the end of each stage is left to the collector, or to the end of the process. */
export const stages = {
  loaded: () => {},
  made: () => new Tracer(),
  opened: () => opened(),
  'failed to open': () => {
    const tracer = new Tracer()
    try {
      tracer.open({ path: '/' })
    } catch {
      return tracer
    }
    throw new Error('opened')
  },
  drained: () => {
    const tracer = opened()
    tracer.drain(into)
    return tracer
  },
  'pass under way': () => {
    const tracer = opened()
    void tracer.readPass('file_pass', into)
    return tracer
  },
  'pass in part': async () => {
    const tracer = opened()
    await tracer.readPass('socket_pass', into)
    return tracer
  },
  'passes done': async () => {
    const tracer = opened()
    await wholePass(tracer)
    return tracer
  },
  'closed during a pass': () => {
    const tracer = opened()
    void tracer.readPass('file_pass', into)
    tracer.close()
    return tracer
  },
  closed: () => {
    const tracer = opened()
    tracer.close()
    tracer.close()
    return tracer
  },
  'opened again': () => {
    const tracer = opened()
    tracer.close()
    tracer.open({ path })
    return tracer
  },
  'many at once': async () => {
    const tracers = [opened(), opened(), opened()]
    await Promise.all(tracers.map(wholePass))
    tracers[1].close()
    return tracers
  },
}

const [name = 'loaded', ending = 'end'] = process.argv.slice(2)
const script = fileURLToPath(import.meta.url)
/** What a stage leaves is held to the end. @type {unknown[]} */
const kept = []

async function startWorker(event = 'message') {
  const worker = new Worker(script, { argv: [name] })
  await once(worker, event)
  return worker
}

/** @type {Record<string, () => unknown>} */
const endings = {
  end: () => {},
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('as told')
  },
}

/** What the main thread does with workers that are at the stage. @type {Record<string, () => Promise<unknown>>} */
const withWorkers = {
  terminate: async () => (await startWorker()).terminate(),
  three: async () => {
    const workers = await Promise.all([startWorker(), startWorker(), startWorker()])
    await Promise.all(workers.map((worker) => worker.terminate()))
  },
  'any moment': async () => {
    for (let turns = 0; turns < 500; turns += 40) {
      const worker = await startWorker('online')
      for (let turn = 0; turn < turns; turn += 1) await setImmediate()
      await worker.terminate()
    }
  },
}

if (!isMainThread) {
  kept.push(await stages[/** @type {keyof typeof stages} */ (name)]())
  // A port has no other form of the call.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage('ready')
  parentPort?.on('message', () => {})
} else if (withWorkers[ending]) {
  await withWorkers[ending]()
} else if (process.argv[1] === script) {
  kept.push(await stages[/** @type {keyof typeof stages} */ (name)]())
  endings[ending]?.()
}
