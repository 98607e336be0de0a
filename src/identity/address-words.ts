/** Of an address, 32 bits each. */
export const addressWords = 4
/** In front of an IPv4 address, as in an IPv4-mapped one of IPv6. */
const mapped = 0xffff
const ipv6Groups = 8

/**
 * Reads an address into four numbers, the first ones first; IPv4 as its IPv4-mapped address.
 *
 * @returns whether it is an address
 */
export function readAddress(into: Uint32Array, address: string): boolean {
  const ipv4 = ipv4Word(address)
  if (ipv4 >= 0) {
    into[0] = 0
    into[1] = 0
    into[2] = mapped
    into[3] = ipv4
    return true
  }
  const groups = ipv6GroupsOf(address)
  if (groups === undefined) return false
  for (let word = 0; word < addressWords; word += 1) {
    into[word] = (groups[word * 2] ?? 0) * 0x1_0000 + (groups[word * 2 + 1] ?? 0)
  }
  return true
}

const dot = 46
const zero = 48
const longestIpv4 = 15

/** @returns below 0 if it is none; a zero in front is let pass, as nobody writes it */
function ipv4Word(address: string): number {
  if (address.length > longestIpv4) return -1
  let word = 0
  let octet = -1
  let dots = 0
  for (let at = 0; at < address.length; at += 1) {
    const code = address.charCodeAt(at)
    if (code === dot) {
      if (octet < 0) return -1
      word = word * 256 + octet
      octet = -1
      dots += 1
    } else {
      octet = withDigit(octet, code - zero)
      if (octet < 0) return -1
    }
  }
  return dots === 3 && octet >= 0 ? word * 256 + octet : -1
}

/** @returns below 0 if it is no digit, or the octet is too large */
function withDigit(octet: number, digit: number): number {
  if (digit < 0 || digit > 9) return -1
  const next = (octet < 0 ? 0 : octet * 10) + digit
  return next > 255 ? -1 : next
}

function ipv6GroupsOf(address: string): readonly number[] | undefined {
  const [head = '', tail, ...rest] = address.split('::')
  const first = groupsOf(head)
  if (first === undefined || rest.length > 0) return undefined
  if (tail === undefined) return first.length === ipv6Groups ? first : undefined
  const last = groupsOf(tail)
  if (last === undefined) return undefined
  const missing = ipv6Groups - first.length - last.length
  return missing < 1 ? undefined : [...first, ...new Array<number>(missing).fill(0), ...last]
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const part of text.split(':')) {
    const ipv4 = ipv4Word(part)
    if (ipv4 >= 0) groups.push(ipv4 >>> 16, ipv4 & 0xffff)
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}
