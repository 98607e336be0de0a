import { status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { otlpConfig } from '../../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../../src/exporter/otlp/exporter.ts'
import type { Temporality } from '../../../src/model/metrics.ts'
import { at, store } from '../../series/support.ts'
import { Points } from '../../support/agent-points.ts'
import { flow, increment, processKey } from '../../support/increment.ts'
import { type Answer, OtlpReceiver } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

/** What the backend does with the next request. */
const answers = { take: {}, later: { code: status.UNAVAILABLE } } satisfies Record<string, Answer>
type Reaction = keyof typeof answers

interface Step {
  /** Bytes of each process, of which some are quiet. */
  readonly grown: readonly number[]
  /** What happens to requests from then on. */
  readonly reactions: readonly Reaction[]
}

const step: fc.Arbitrary<Step> = fc.record({
  grown: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e6 })), { maxLength: 4 }),
  reactions: fc.array(fc.constantFrom<Reaction>('take', 'later', 'later'), { maxLength: 3 }),
})

async function exporting(temporality: Temporality, answer: () => Promise<Answer> | Answer) {
  const server = await OtlpReceiver.start({ answer })
  const recorded = recordedSettings('otlp')
  const config = otlpConfig.parse({
    endpoint: `127.0.0.1:${server.port}`,
    tls: { insecure: true },
    temporality_preference: temporality,
    sending_queue: { num_consumers: 1, queue_size: 2 },
    retry_on_failure: { initial_interval: '1ms', max_interval: '2ms', max_elapsed_time: '0s' },
    timeout: '10s',
  })
  const exporter = new OtlpExporter(recorded.settings, config)
  await exporter.start()
  const dropped = async (reason: string) => {
    const all = await recorded.readings()
    const labels = `otel.component.name=otlp,nettracer.drop.reason=${reason}`
    return all[`nettracer.exporter.dropped_points{${labels}}`] ?? 0
  }
  const stop = async () => {
    await exporter.shutdown()
    server.stop()
  }
  return { exporter, server, dropped, stop, lines: recorded.lines }
}

/** Runs collections against a backend that refuses as it is told, and waits until it has what can come. */
async function run(temporality: Temporality, steps: readonly Step[]) {
  const reactions: Reaction[] = []
  let isBack = false
  const { exporter, server, dropped, stop } = await exporting(temporality, () => {
    const next = reactions.shift()
    // Away until it is told otherwise: the queue fills up.
    return answers[next ?? (isBack ? 'take' : 'later')]
  })
  const series = store({ temporalities: new Set([temporality]) })
  const truth = new Map<string, number>()
  const collect = (second: number) => {
    const metrics = series.collect(at(second)).get(temporality)
    if (metrics !== undefined && metrics.points > 0) exporter.consume(metrics)
  }
  for (const [count, { grown, reactions: next }] of steps.entries()) {
    for (const [place, bytesTx] of grown.entries()) {
      const own = flow({ process: processKey(place + 1) })
      series.connection(increment({ flow: own, bytesTx, pktsTx: bytesTx === 0 ? 0 : 1 }))
      truth.set(String(place + 1), (truth.get(String(place + 1)) ?? 0) + bytesTx)
    }
    reactions.push(...next)
    collect(10 * (count + 1))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  isBack = true
  collect(10 * (steps.length + 1))
  await stop()
  const points = Points.of(server.received.map(({ request }) => request))
  return { points: points.named('nettracer.bytes_tx').all, truth, dropped }
}

const steps = fc.array(step, { minLength: 3, maxLength: 12 })

test('deltas: what the backend took is the truth, and intervals follow one another', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { points, truth, dropped } = await run('delta', all)
      const sums = new Map<string, number>()
      const ends = new Map<string, bigint>()
      for (const { resource, value, start, end, isDelta } of points.toSorted((one, other) =>
        Number(one.start - other.start),
      )) {
        const pid = resource['process.pid'] ?? ''
        sums.set(pid, (sums.get(pid) ?? 0) + value)
        expect(isDelta).toBe(true)
        expect(start).toBeGreaterThanOrEqual(ends.get(pid) ?? 0n)
        ends.set(pid, end)
      }
      for (const [pid, bytes] of truth) expect(sums.get(pid) ?? 0).toBe(bytes)
      for (const reason of ['queue_full', 'backlog', 'shutdown'])
        expect(await dropped(reason)).toBe(0)
    }),
    { numRuns: 15 },
  )
})

/** What a backend shows of each process, and the starts that its series had. */
function seen(points: Points['all']) {
  const last = new Map<string, number>()
  const starts = new Map<string, Set<bigint>>()
  for (const { resource, value, start } of points.toSorted((one, other) =>
    Number(one.end - other.end),
  )) {
    const pid = resource['process.pid'] ?? ''
    last.set(pid, value)
    starts.set(pid, (starts.get(pid) ?? new Set()).add(start))
  }
  return { last, starts }
}

test('totals: the last that the backend took is the truth, with one start, whatever was dropped', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { points, truth } = await run('cumulative', all)
      const { last, starts } = seen(points)
      for (const [pid, bytes] of truth) {
        // A series without bytes shows 0 from its first connection on, or nothing.
        expect(last.get(pid) ?? 0).toBe(bytes)
        expect(starts.get(pid)?.size ?? 1).toBe(1)
      }
    }),
    { numRuns: 15 },
  )
})

test('deltas that wait do not grow in number, and gauges that a newer one replaced are counted', async () => {
  let isBack = false
  const { exporter, server, dropped, stop, lines } = await exporting('delta', () =>
    isBack ? answers.take : answers.later,
  )
  const series = store({ temporalities: new Set<Temporality>(['delta']) })
  const rounds = 200
  for (let round = 1; round <= rounds; round += 1) {
    series.connection(increment({ bytesTx: round, pktsTx: 1, active: round === 1 ? 1 : 0 }))
    const metrics = series.collect(at(round)).get('delta')
    if (metrics !== undefined) exporter.consume(metrics)
    if (round % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  isBack = true
  await stop()
  const points = Points.of(server.received.map(({ request }) => request))
  expect(points.total('nettracer.bytes_tx')).toBe((rounds * (rounds + 1)) / 2)
  expect(points.histogram('nettracer.session.bytes_tx')).toMatchObject({
    count: rounds,
    min: 1,
    max: rounds,
  })
  const gauges = points.named('nettracer.traffic').all.length
  expect(gauges).toBeLessThan(rounds)
  expect(await dropped('superseded')).toBeGreaterThanOrEqual(rounds - gauges)
  expect(await dropped('queue_full')).toBe(0)
  expect(lines.map(({ message }) => message)).toContain(
    'The sending queue is full: new data points wait and are added up',
  )
})

test('a shutdown with a full queue and a dead backend ends in time, and counts what is left', async () => {
  const server = await OtlpReceiver.start({ answer: () => answers.later })
  onTestFinished(() => server.stop())
  const recorded = recordedSettings('otlp')
  const exporter = new OtlpExporter(
    recorded.settings,
    otlpConfig.parse({
      endpoint: `127.0.0.1:${server.port}`,
      tls: { insecure: true },
      temporality_preference: 'delta',
      sending_queue: { num_consumers: 1, queue_size: 1 },
      retry_on_failure: { initial_interval: '50ms', max_elapsed_time: '0s' },
      timeout: '300ms',
    }),
  )
  await exporter.start()
  const series = store({ temporalities: new Set<Temporality>(['delta']) })
  let points = 0
  for (let round = 1; round <= 5; round += 1) {
    series.connection(increment({ opened: 1 }))
    const metrics = series.collect(at(round)).get('delta')
    points += metrics?.points ?? 0
    if (metrics !== undefined) exporter.consume(metrics)
    await new Promise(setImmediate)
  }
  expect(points).toBeGreaterThan(5)
  await exporter.shutdown()
  const readings = Object.entries(await recorded.readings())
  const lost = readings.filter(([name]) => name.startsWith('nettracer.exporter.dropped_points'))
  expect(lost.length).toBeGreaterThan(0)
  // Points that waited together are one.
  expect(lost.reduce((sum, [, value]) => sum + value, 0)).toBeLessThanOrEqual(points)
})
