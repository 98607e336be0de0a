// 100k series: store -> otlp exporter -> server in another process
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { otlpFactory } from '/work/wt/encoder/src/exporter/otlp/index.ts'
import { defaultSelection, SeriesStore } from '/work/wt/encoder/src/series/index.ts'
import { recordedSettings } from '/work/wt/encoder/test/support/recorded-telemetry.ts'
import { flow, increment, processKey } from '/work/wt/encoder/test/support/increment.ts'
const count = Number(process.argv[2] ?? 100_000)
const ends = Number(process.argv[3] ?? 2)
const rss = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
const hwm = () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
const server = fork('/work/wt/encoder/bench/sink-server.ts', { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
const [{ port }] = await once(server, 'message')
const { settings, readings } = recordedSettings('otlp')
const exporter = otlpFactory.create(settings, otlpFactory.config.parse({ endpoint: `127.0.0.1:${port}`, tls: { insecure: true }, compression: process.argv[4] ?? 'none' }))
await exporter.start()
console.log('rss at start', rss())
const resources = Array.from({ length: 500 }, (_, at) => resourceFromAttributes({ 'service.name': `service-${at}`, 'service.instance.id': `${at}`, 'process.pid': at, 'process.executable.path': '/usr/local/bin/server', 'container.id': String(at).padStart(64, '0'), 'host.name': 'bench' }))
const store = new SeriesStore({
  metrics: defaultSelection(), temporalities: new Set(['cumulative']), limit: count, partPoints: Number(process.argv[5] ?? 2048), expirationMs: 3e5,
  scope: { name: 'bench', version: '0' }, start: { time: [1_700_000_000, 0], monotonicMs: 0 },
  hostResource: resourceFromAttributes({}), resourceOf: ({ pid }) => resources[pid - 1], isAlive: () => true,
  peerOf: ({ remoteAddress }) => ({ address: remoteAddress, scope: 'private' }),
})
const gc = globalThis.gc ?? (() => {})
gc(); const before = rss(); const heap0 = process.memoryUsage()
const processes = Array.from({ length: 500 }, (_, at) => processKey(1 + at))
const flowAt = (at: number) => flow({ process: processes[at % 500], remoteAddress: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}` })
const flows = Array.from({ length: count }, (_, at) => flowAt(at))
gc(); const f1 = process.memoryUsage()
console.log('flows', (f1.heapUsed + f1.external - heap0.heapUsed - heap0.external) / count, 'B each')
const scale = (seed: number) => 1 + ((seed * 2_654_435_761) % 1000)
for (let e = 0; e < ends; e++) {
  for (let at = 0; at < count; at++) {
    const s = scale(at + 7 * e)
    store.connection(increment({ flow: flows[at], bytesTx: 100 * s, bytesRx: 17 * s, pktsTx: 5, pktsRx: 4, opened: 1, closed: 1, closeReason: 1, srttUs: 40 + s, rttVarianceUs: 10 + s / 2, connectDurationNs: 40_000 + 1000 * s, durationNs: 1e6 * s }))
    if (at % 5000 === 0) await nextTurn()
  }
}
gc(); const f2 = process.memoryUsage()
console.log('store', (f2.heapUsed + f2.external - f1.heapUsed - f1.external) / count, 'B a series; rss', rss())
for (let round = 1; round <= 4; round++) {
  const delay = monitorEventLoopDelay({ resolution: 1 }); delay.enable()
  await sleep(20); delay.reset()
  const cpu = process.cpuUsage(); const t0 = performance.now()
  let points = 0, parts = 0, longest = 0
  const tc = performance.now()
  const it = store.collectParts({ time: [1_700_000_000 + 10 * round, 0], monotonicMs: 10_000 * round })
  const prelude = performance.now() - tc
  let phases = [0, 0]
  for (;;) {
    const a = performance.now()
    const { value, done } = it.next()
    const b = performance.now(); longest = Math.max(longest, b - a); phases[0] += b - a
    if (done) break
    const m = value.get('cumulative'); points += m.points; parts++
    exporter.consume(m)
    await nextTurn()
    await exporter.caughtUp()
    phases[1] += performance.now() - b
  }
  const { user, system } = process.cpuUsage(cpu)
  const ms = performance.now() - t0
  delay.disable()
  console.log(`round ${round}: ${points} points, ${parts} parts, cpu ${((user + system) / 1000).toFixed(0)} ms, wall ${ms.toFixed(0)}, prelude ${prelude.toFixed(1)}, longest make ${longest.toFixed(1)}, make ${phases[0].toFixed(0)} rest ${phases[1].toFixed(0)}, loop max ${(delay.max / 1e6).toFixed(1)} p99 ${(delay.percentile(99) / 1e6).toFixed(1)}, rss ${rss().toFixed(0)} hwm ${hwm().toFixed(0)}`)
  await sleep(3000)
  for (let at = 0; at < count; at += 10) store.connection(increment({ flow: flows[at], bytesTx: 10, pktsTx: 1 }))
}
const r = await readings(); console.log(Object.entries(r).filter(([k]) => /sent|dropped|failed/.test(k)))
await exporter.shutdown(); server.disconnect()
