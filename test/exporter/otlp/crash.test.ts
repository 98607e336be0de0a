import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileStorage, scratch } from '../../support/storage.ts'
import { exporting, points, receiver } from '../../support/stored-exporter.ts'
import { sumPoints } from '../../support/sum-points.ts'

const folder = 'exporter_otlp_metrics.queue'
const filesIn = (directory: string) => readdirSync(join(directory, folder))

/** A disk as a crash leaves it: the files of a moment, while a backend takes some requests and some not. */
async function crash(requests: number, answers: readonly boolean[], pauseMs: number) {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  let isThere = false
  const next = [...answers]
  const server = await receiver(() =>
    isThere && (next.shift() ?? true) ? {} : { code: status.UNAVAILABLE },
  )
  const { exporter } = await exporting(storage, server.port, {
    sending_queue: { num_consumers: 2 },
  })
  for (let at = 0; at < requests; at += 1) exporter.consume(points(1, at))
  await expect.poll(() => filesIn(directory).length).toBe(requests)
  isThere = true
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  const after = scratch()
  // A file that goes while it is copied was sent.
  for (const name of filesIn(directory)) {
    try {
      cpSync(join(directory, folder, name), join(after, folder, name))
    } catch {
      continue
    }
  }
  const before = new Set(
    server.received.flatMap(({ request }) => sumPoints(request)).map((one) => one.value),
  )
  return { after, before }
}

test('whenever it crashes, what the backend has not taken is there after the restart, the oldest first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.boolean(), { maxLength: 10 }),
      fc.integer({ min: 0, max: 60 }),
      async (requests, answers, pauseMs) => {
        const { after, before } = await crash(requests, answers, pauseMs)
        const { storage } = await fileStorage({ directory: after })
        const server = await receiver()
        const { exporter } = await exporting(storage, server.port, {
          sending_queue: { num_consumers: 1 },
        })
        await exporter.shutdown()
        await storage.shutdown()
        const again = server.received
          .flatMap(({ request }) => sumPoints(request))
          .map((one) => one.value)
        expect(again).toEqual(again.toSorted((a, b) => a - b))
        const all = new Set([...before, ...again])
        expect(all).toEqual(new Set(Array.from({ length: requests }, (_, at) => at)))
      },
    ),
    { numRuns: 15 },
  )
}, 60_000)
