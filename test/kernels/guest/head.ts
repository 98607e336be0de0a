import type { Ending, Exchange } from './plan.ts'

const endings: readonly Ending[] = ['client', 'server', 'client-reset', 'server-reset']

/** Length of the head; it is a part of the request. */
export const headBytes = 12

/** A request: its head tells the server what to do. */
export function requestOf({ request, answer, ending }: Exchange): Buffer {
  const bytes = Buffer.alloc(request)
  bytes.writeUInt32LE(request, 0)
  bytes.writeUInt32LE(answer, 4)
  bytes.writeUInt32LE(endings.indexOf(ending), 8)
  return bytes
}

export function readHead(bytes: Buffer): Omit<Exchange, 'isIpv6'> {
  return {
    request: bytes.readUInt32LE(0),
    answer: bytes.readUInt32LE(4),
    ending: endings[bytes.readUInt32LE(8)] ?? 'client',
  }
}
