import type { EndedConnection } from '../../src/connection/ended.ts'
import type { Increment } from '../../src/connection/increment.ts'
import { readEnded } from '../../src/source/inet-diag-ended.ts'
import { DiagFlows } from '../../src/source/inet-diag-flows.ts'
import { Listeners } from '../../src/source/inet-diag-listeners.ts'
import { readMessages, type SocketMessage } from '../../src/source/inet-diag-message.ts'
import { SocketTable } from '../../src/source/inet-diag-table.ts'
import { type SocketPart, socketMessage, type TcpInfoPart } from './netlink.ts'
import { RecordingSink, sumOf } from './source.ts'

const uptimeMs = 20_000_000
/** A time that was never set, at that uptime. */
export const never = uptimeMs - 300_000
export const state = {
  established: 1,
  synSent: 2,
  finWait2: 5,
  timeWait: 6,
  close: 7,
  closeWait: 8,
  listen: 10,
}

/** One network namespace of which dumps and events are made up. */
export class World {
  readonly sink = new RecordingSink()
  readonly listeners = new Listeners(1)
  readonly ends: EndedConnection[] = []
  readonly table: SocketTable

  constructor(capacity = 100) {
    this.table = new SocketTable({
      netns: 1,
      listeners: this.listeners,
      flows: new DiagFlows(),
      capacity,
      emit: (increment: Increment) => this.sink.connection(increment),
      tellEnd: (end) => this.ends.push(end),
    })
  }

  dump(sockets: readonly SocketPart[], isBaseline = false): this {
    return this.dumpBytes(Buffer.concat(sockets.map(socketMessage)), isBaseline)
  }

  dumpBytes(bytes: Uint8Array, isBaseline = false, isComplete = true): this {
    this.table.beginDump()
    readMessages(new Uint8Array(bytes), undefined, (one) => this.table.take(one, isBaseline))
    this.table.endDump(isComplete)
    return this
  }

  /** A dump that ended before it told of any socket. */
  failDump(): this {
    return this.dumpBytes(new Uint8Array(), false, false)
  }

  listen(bytes: Uint8Array): this {
    this.listeners.beginDump()
    readMessages(bytes, undefined, (one) => this.listeners.take(one, true))
    this.listeners.endDump(true)
    return this
  }

  report(): this {
    this.table.report()
    return this
  }

  end(part: SocketPart, remains: 'none' | 'time_wait' | 'fin_wait_2' = 'none'): this {
    return this.endBytes(socketMessage({ state: state.close, ...part }), remains)
  }

  endBytes(bytes: Uint8Array, remains: 'none' | 'time_wait' | 'fin_wait_2' = 'none'): this {
    readMessages(bytes, undefined, (one: SocketMessage) => {
      const ended = readEnded(one, uptimeMs, 10_000)
      if (ended !== undefined) this.table.end({ ...ended, remains })
    })
    return this
  }

  get sum() {
    return sumOf(this.sink.increments)
  }

  get roles() {
    return this.sink.increments.map(({ flow }) => `${flow.role} ${flow.servicePort}`)
  }
}

/** A client that sent and received some bytes, all acknowledged. */
export function clientInfo(sent: number, received: number, more: TcpInfoPart = {}): TcpInfoPart {
  return {
    bytesAcked: sent + 1,
    bytesSent: sent,
    bytesReceived: received,
    segsOut: 10,
    segsIn: 9,
    dataSegsIn: received > 0 ? 1 : 0,
    ...more,
  }
}
