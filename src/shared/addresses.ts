/**
 * Formats a kernel socket address as OpenTelemetry's `network.peer.address`.
 *
 * IPv4 and IPv4-mapped IPv6 come out alike, so a dual-stack server does not split one client in two.
 *
 * @param bytes 16, network order; IPv4 in the last 4 behind `::ffff:`
 * @returns dotted IPv4, or IPv6 as in RFC 5952
 * @throws {RangeError} if not 16 bytes: the caller cut the record wrongly
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`an address has 16 bytes, not ${bytes.length}`)
  if (isMappedIpv4(bytes)) return bytes.subarray(12).join('.')

  const groups: number[] = []
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
  const { start, length } = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function isMappedIpv4(bytes: Uint8Array): boolean {
  for (let at = 0; at < 10; at += 1) if (bytes[at] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}

/** RFC 5952, 4.2: the longest run of zero groups, the first of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === 0) continue
    if (at - start > best.length) best = { start, length: at - start }
    start = at + 1
  }
  return best
}
