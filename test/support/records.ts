import { ConnectionRecord, recordKind, role } from '../../src/generated/records.ts'

const mapped = new Uint32Array(Uint8Array.of(0, 0, 0xff, 0xff).buffer)[0] as number

/** Four words of an address as a record has it. */
export const ipv4 = (...bytes: readonly number[]): Uint32Array =>
  Uint32Array.of(0, 0, mapped, new Uint32Array(Uint8Array.from(bytes).buffer)[0] as number)

export interface EndPart {
  readonly address: Uint32Array
  readonly port: number
  readonly pid: number
}

export interface ConnectionPart {
  readonly role: 'client' | 'server'
  readonly local: EndPart
  /** As this end's socket has it. */
  readonly remote: Pick<EndPart, 'address' | 'port'>
  readonly netns?: number
  readonly isCounters?: boolean
  readonly opened?: number
  readonly closed?: number
  readonly failed?: number
  readonly active?: number
  readonly bytesTx?: number
}

const words = ConnectionRecord.size >> 2
const at = ConnectionRecord.flowWord
const counters = { bytesTx: 16, opened: 26, closed: 27, failed: 28, active: 29 } as const
const tcp = 6

/** A record as bpf/report.h writes it. */
export function connectionRecord(part: ConnectionPart): Uint8Array {
  const { local, remote, netns = 1, isCounters = false } = part
  const isClient = part.role === 'client'
  const record = new Uint32Array(words)
  record[0] = isCounters ? recordKind.RECORD_COUNTERS : recordKind.RECORD_CONNECTION
  record[1] = ConnectionRecord.size
  record.set(remote.address, at)
  record[at + 4] = local.pid * 10
  record[at + 8] = local.pid
  record[at + 9] = netns
  record[at + 10] = (isClient ? remote.port : local.port) | (tcp << 16) | (4 << 24)
  record[at + 11] = isClient ? role.ROLE_CLIENT : role.ROLE_SERVER
  for (const [name, word] of Object.entries(counters)) {
    record[word] = part[name as keyof typeof counters] ?? 0
  }
  record.set(local.address, ConnectionRecord.endpointsWord)
  record[ConnectionRecord.endpointsWord + 4] = local.port | (remote.port << 16)
  return new Uint8Array(record.buffer)
}
