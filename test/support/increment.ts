import { type Flow, unpinned } from '../../src/connection/flow.ts'
import { type Increment, noGrowth } from '../../src/connection/increment.ts'
import type { Listener, Rejection } from '../../src/connection/listener.ts'
import type { ProcessKey } from '../../src/connection/process.ts'
import type { Responses } from '../../src/connection/responses.ts'
import type { Signals } from '../../src/connection/signals.ts'

export function processKey(pid = 100): ProcessKey {
  return { pid, startTime: 1_000n, cgroupId: 1n }
}

/** A client that calls 192.0.2.1:443. */
export function flow(part: Partial<Flow> = {}): Flow {
  return {
    process: processKey(),
    netns: 4_026_531_840,
    transport: 'tcp',
    networkType: 'ipv4',
    role: 'client',
    servicePort: 443,
    remoteAddress: '192.0.2.1',
    isSameHost: false,
    ...unpinned,
    ...part,
  }
}

/** Nothing grew and nothing is known, but for what is given. */
export function increment(part: Partial<Increment> = {}): Increment {
  return {
    flow: flow(),
    ...noGrowth,
    ...part,
  }
}

export function signals(part: Partial<Signals> = {}): Signals {
  return {
    limitedNetworkUs: 0,
    limitedReceiverUs: 0,
    limitedSenderUs: 0,
    retrFast: 0,
    retrTimeout: 0,
    retrTailProbe: 0,
    retrOther: 0,
    timeouts: 0,
    pktsRxOutOfOrder: 0,
    pktsSpurious: 0,
    pktsCe: 0,
    reorderings: 0,
    windowsClosedTx: 0,
    windowsClosedRx: 0,
    ...part,
  }
}

/** One answer after 1.25 ms. */
export function responses(part: Partial<Responses> = {}): Responses {
  const ns = 1_250_000
  const one = { sumNs: ns, minNs: ns, maxNs: ns, scale: 3, buckets: [-78], counts: [1] }
  return { flow: flow(), ...one, ...part }
}

export function listener(part: Partial<Listener> = {}): Listener {
  return {
    flow: flow({ role: 'server', servicePort: 80, remoteAddress: '0.0.0.0' }),
    localAddress: '0.0.0.0',
    backlog: 0,
    backlogLimit: 128,
    overflows: 0,
    synAcksRetransmitted: 0,
    oldestWaitMs: 0,
    isGrowthOnly: false,
    ...part,
  }
}

export function rejection(part: Partial<Rejection> = {}): Rejection {
  return { netns: 4_026_531_840, networkType: 'ipv4', port: 81, rejects: 0, resets: 0, ...part }
}
