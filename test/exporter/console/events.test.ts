import { expect, test } from 'vitest'
import { eventTexts } from '../../../src/exporter/console/events.ts'
import { IntervalBuilder } from '../../../src/exporter/console/interval.ts'
import { began, rejects, service } from './traffic-metrics.ts'

test('failures and rejects say how many, what, where and who, the most first', () => {
  const builder = new IntervalBuilder([began + 10, 0])
  builder.add(
    service({ 'service.name': 'api' }, [
      { peer: '10.0.0.5', port: 5432, failed: { refused: 3, timed_out: 1 } },
      { peer: '2001:db8::1', port: 443, failed: { net_unreachable: 2 } },
      { role: 'server', peer: '10.0.0.7', port: 80, failed: { reset: 9 } },
      { peer: 'a\u{1b}[2Jb', port: 1, failed: { _OTHER: 4 } },
    ]),
  )
  builder.add(rejects(8080, 'no_listener', 1))
  builder.add(rejects(81, 'backlog', 1200))
  expect(eventTexts(builder.build().rows)).toEqual([
    '1.20k SYNs rejected on :81, its accept queue was full',
    '9 reset from 10.0.0.7 on :80 by api',
    '4 failed to a\\u{1b}[2Jb:1 by api',
    '3 refused to 10.0.0.5:5432 by api',
    '2 network unreachable to [2001:db8::1]:443 by api',
    '1 timed out to 10.0.0.5:5432 by api',
    '1 SYN rejected on :8080, nobody listens there',
  ])
})
