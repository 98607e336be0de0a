import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Flow } from '../src/connection/flow.ts'
import type { Increment } from '../src/connection/increment.ts'
import type { Metrics } from '../src/model/metrics.ts'
import { defaultSelection } from '../src/series/index.ts'
import { peerOf } from '../test/series/support.ts'
import { flow, increment, processKey } from '../test/support/increment.ts'
import { WholeStore } from '../test/support/whole-store.ts'

const start: [number, number] = [1_767_323_045, 0]

/** The series of a host: so many flows over so many services, each with a resource of its own. */
export class Interval {
  readonly #store: WholeStore
  readonly #flows: Flow[] = []
  #number = 0

  constructor({ services, flows }: { services: number; flows: number }) {
    this.#store = new WholeStore({
      metrics: defaultSelection(),
      temporalities: new Set(['cumulative']),
      limit: 100_000,
      ranking: 'bytes',
      expirationMs: 300_000,
      scope: { name: 'otel-nettracer', version: '0.0.0' },
      start: { time: start, monotonicMs: 0 },
      hostResource: resourceFromAttributes({ 'host.name': 'bench' }),
      resourceOf: ({ pid }) => resources[pid - 1] ?? resourceFromAttributes({}),
      isAlive: () => true,
      peerOf: peerOf('private'),
    })
    const resources = Array.from({ length: services }, (_, at) => resourceOfService(at + 1))
    for (let number = 0; number < flows; number += 1) {
      const peer = Math.floor(number / services) + 1
      this.#flows.push(
        flow({
          process: processKey((number % services) + 1),
          remoteAddress: `10.0.${peer >> 8}.${peer & 255}`,
          servicePort: 5432,
        }),
      )
    }
  }

  /** A little of everything on each flow, then all its points. */
  next(): Metrics {
    this.#number += 1
    for (const [at, one] of this.#flows.entries()) this.#store.connection(sample(one, at))
    const collected = this.#store.collect({
      time: [start[0] + this.#number * 10, 0],
      monotonicMs: this.#number * 10_000,
    })
    const metrics = collected.get('cumulative')
    if (!metrics) throw new Error('nothing was collected')
    return metrics
  }
}

function sample(one: Flow, at: number): Increment {
  const seed = (at * 2_654_435_761) % 1000
  return increment({
    flow: one,
    bytesTx: 1000 + seed * 17,
    bytesRx: 5000 + seed * 91,
    pktsTx: 10 + (seed % 7),
    pktsRx: 12 + (seed % 5),
    opened: 1,
    active: 1,
    srttUs: 150 + seed,
    rttVarianceUs: 20 + (seed % 31),
    connectDurationNs: 100_000 + seed * 1000,
  })
}

/** As many attributes as a service in a container has. */
function resourceOfService(number: number) {
  return resourceFromAttributes({
    'service.name': `service-${number}`,
    'service.namespace': 'bench',
    'service.instance.id': `0f6a7f4e-4f5e-4b3c-8d9a-${String(number).padStart(12, '0')}`,
    'service.version': '1.2.3',
    'process.pid': number,
    'process.executable.name': 'server',
    'process.executable.path': '/usr/local/bin/server',
    'process.owner': 'www-data',
    'process.creation.time': '2026-01-02T03:04:05.000Z',
    'container.id': String(number).padStart(64, '0'),
    'host.id': '0123456789abcdef0123456789abcdef',
    'host.name': 'bench',
    'host.arch': 'amd64',
    'os.type': 'linux',
  })
}
