import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { rejects, service } from './traffic-metrics.ts'

/** A host with a database, two instances of a shop, an API in a container that fails, many workers, and a hostile name. */
export function busyHost(end = 1): ResourceMetrics[] {
  const at = (name: string, executable: string, pid: number, more = {}) => ({
    'service.name': name,
    'service.instance.id': `${name}-${pid}`,
    'process.executable.name': executable,
    'process.pid': pid,
    ...more,
  })
  const shop = { 'service.namespace': 'shop' }
  const database = { peer: '10.0.0.5', port: 5432 }
  return [
    service(
      at('checkout', 'node', 4711, shop),
      [
        {
          ...database,
          open: 12,
          opened: 3,
          closed: 2,
          tx: 12_300_000,
          rx: 340_000_000,
          sent: 90_000,
          retransmitted: 120,
          rtt: [0.4, 0.5, 0.9, 12],
        },
        {
          peer: '10.0.0.9',
          port: 6379,
          open: 4,
          tx: 51_000,
          rx: 7_000_000,
          sent: 9000,
          rtt: [0.2, 0.3],
        },
        {
          peer: 'public',
          port: 443,
          open: 2,
          opened: 44,
          closed: 43,
          failed: { timed_out: 2 },
          tx: 900_000,
          rx: 1_000_000,
          sent: 4000,
          retransmitted: 260,
          rtt: [23, 44, 120, 900],
        },
      ],
      end,
    ),
    service(
      at('checkout', 'node', 4712, shop),
      [{ ...database, open: 10, tx: 9_000_000, rx: 120_000_000, sent: 30_000, rtt: [0.4] }],
      end,
    ),
    service(
      at('postgres', 'postgres', 812),
      Array.from({ length: 7 }, (_, n) => ({
        role: 'server' as const,
        peer: `10.0.1.${n}`,
        port: 5432,
        open: 3 + n,
        opened: 1,
        closed: 1,
        tx: 30_000_000 * n,
        rx: 1_000_000,
        sent: 40_000,
        rtt: [0.4],
      })),
      end,
    ),
    service(
      at('unknown_service:prometheus', 'prometheus', 99),
      Array.from({ length: 9 }, (_, n) => ({
        peer: `10.3.0.${n}`,
        port: 9100,
        open: 1,
        tx: 300,
        rx: 600_000,
        sent: 50,
        rtt: [0.7],
      })),
      end,
    ),
    service(
      at('api', 'java', 6000, { 'container.id': 'f00dfeedcafe0123456789' }),
      [
        { ...database, failed: { refused: 3 } },
        {
          role: 'server',
          peer: '2001:db8:85a3::8a2e:370:7334',
          port: 8080,
          open: 140,
          opened: 1200,
          closed: 1100,
          tx: 12_000_000,
          rx: 900_000,
          sent: 12_000,
          retransmitted: 1,
          rtt: [1.5, 40, 80],
        },
      ],
      end,
    ),
    service(
      at('évil\u{1b}[31m"name 日本語サービス', 'sh', 1),
      [{ peer: 'x', port: 1, open: 1, tx: 4000, rx: 0 }],
      end,
    ),
    ...Array.from({ length: 25 }, (_, n) =>
      service(
        at(`worker-${n}`, 'python3.11', 7000 + n),
        [{ peer: '10.9.0.1', port: 5672, open: 1, tx: 1000 + n, rx: 1000, sent: 10, rtt: [0.5] }],
        end,
      ),
    ),
    rejects(8080, 'no_listener', 2, end),
  ]
}
