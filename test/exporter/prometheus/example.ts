import { SeriesStore } from '../../../src/exporter/prometheus/series-store.ts'
import {
  exponential,
  gauge,
  histogram,
  metricsOf,
  point,
  resource,
  sum,
} from '../../support/metrics.ts'

/** A store with one collection in it. */
export function storeOf(...metrics: Parameters<typeof metricsOf>) {
  const store = new SeriesStore(
    {
      namespace: '',
      hasSuffixes: true,
      constLabels: {},
      isWithoutScope: false,
      hasResourceLabels: false,
      excludesServiceAttributes: false,
      expirationMs: 1000,
    },
    () => undefined,
  )
  store.update(metricsOf(...metrics), 0)
  return store
}

export const client = {
  'network.transport': 'tcp',
  'nettracer.role': 'client',
  'server.port': 5432,
  'network.peer.address': '10.0.0.5',
}

/** One metric of each kind, with values and names that are hard to write. */
export function example() {
  return storeOf(
    resource(
      [
        sum([point(1500, client), point(7, { 'nettracer.role': 'server', 'server.port': 80 })], {
          name: 'nettracer.bytes_tx',
          unit: 'By',
          description: 'Payload bytes sent.\nExact: "no" \\ SYN.',
        }),
        sum([point(3, client)], {
          name: 'nettracer.connections.active',
          unit: '{connection}',
          isMonotonic: false,
        }),
        gauge([point(Number.NaN, client), point(1.5, { a: 'quote " back \\ line\nnul\0' })], {
          name: 'nettracer.retr_percentage',
          unit: '%',
        }),
        exponential(
          [
            point(
              {
                count: 6,
                sum: 10.5,
                min: 0,
                max: 4,
                scale: 1,
                zeroCount: 1,
                positive: { offset: -1, bucketCounts: [2, 0, 1, 0, 2] },
                negative: { offset: 0, bucketCounts: [] },
              },
              client,
            ),
          ],
          { name: 'nettracer.rtt', unit: 'ms', description: 'Smoothed round-trip time.' },
        ),
        histogram(
          [
            point({
              buckets: { boundaries: [0.5, 1, 10], counts: [1, 0, 2, 3] },
              count: 6,
              sum: 99,
            }),
          ],
          { name: 'own.duration', unit: 's' },
        ),
      ],
      { 'service.name': 'api', 'service.instance.id': 'a-1', 'host.name': 'web-01' },
    ),
  )
}
