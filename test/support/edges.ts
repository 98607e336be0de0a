import type { Recorded } from './source.ts'
import type { Traffic } from './traffic.ts'

/** What was told of one end of the connections between two processes. */
export interface EdgeSum {
  /** 0 if the process at the other end was not named. */
  readonly peer: number
  readonly role: string
  readonly remote: string
  /** The remote address if nothing else was reached. */
  readonly reached: string
  bytesTx: number
  bytesRx: number
  opened: number
  closed: number
  active: number
}

/** The increments of a process by their other end. */
export function edgesOf(increments: readonly Recorded[], pid: number): EdgeSum[] {
  const sums = new Map<string, EdgeSum>()
  for (const { flow, bytesTx, bytesRx, opened, closed, active } of increments) {
    if (flow.process.pid !== pid) continue
    const { role, remoteAddress: remote, reachedAddress: reached = remote } = flow
    const peer = flow.peerProcess?.pid ?? 0
    const key = `${peer} ${role} ${remote} ${reached}`
    const none = { bytesTx: 0, bytesRx: 0, opened: 0, closed: 0, active: 0 }
    const sum = sums.get(key) ?? { peer, role, remote, reached, ...none }
    sum.bytesTx += bytesTx
    sum.bytesRx += bytesRx
    sum.opened += opened
    sum.closed += closed
    sum.active += active
    sums.set(key, sum)
  }
  // A connect() that a pass met half-way is told without bytes, and without an other end.
  const isSomething = (sum: EdgeSum) => sum.opened + sum.closed + sum.bytesTx + sum.bytesRx > 0
  return [...sums.values()].filter(isSomething).toSorted((one, other) => one.peer - other.peer)
}

/** Serves in a thread: takes what comes until the other end closes, answers with `answer` bytes, closes. */
export async function serve(server: Traffic, count: number, answer: number): Promise<void> {
  await server.run(
    'def serve():',
    `    for _ in range(${count}):`,
    '        c = accept(l)',
    '        while c.recv(65536): pass',
    `        send(c, ${answer}) if ${answer} else None`,
    '        c.close()',
    'serving = in_thread(serve)',
  )
}

/** Connects again and again: sends `bytes`, shuts down, and takes the answer. */
export async function call(
  client: Traffic,
  target: { readonly address: string; readonly port: number },
  count: number,
  bytes: number,
): Promise<void> {
  await client.run(
    `for _ in range(${count}):`,
    `    s = connect('${target.address}', ${target.port})`,
    `    send(s, ${bytes}) if ${bytes} else None`,
    '    s.shutdown(socket.SHUT_WR)',
    '    while s.recv(65536): pass',
    '    s.close()',
  )
}
