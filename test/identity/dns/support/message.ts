import { Buffer } from 'node:buffer'

/** A resource record as it is written: names as text, `@12` a pointer. */
export interface WrittenRecord {
  readonly owner: string
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'RRSIG'
  readonly ttl?: number
  readonly class?: number
  /** Octets, or of a CNAME a name. */
  readonly value: readonly number[] | string
}

export interface WrittenMessage {
  readonly name: string
  readonly flags?: number
  readonly questions?: number
  readonly records?: readonly WrittenRecord[]
  /** Instead of the number of records. */
  readonly answers?: number
}

const types = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, RRSIG: 46 }

function uint16(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

/** Labels; `@N` at the end is a pointer to the byte N. */
export function wireName(name: string): Buffer {
  const parts = name.split('.').filter((label) => label !== '')
  const bytes = parts.map((label) =>
    label.startsWith('@')
      ? uint16(0xc000 | Number(label.slice(1)))
      : Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  )
  return Buffer.concat([...bytes, Buffer.alloc(parts.at(-1)?.startsWith('@') ? 0 : 1)])
}

function wireRecord({ owner, type, ttl = 60, class: of = 1, value }: WrittenRecord): Buffer {
  const content = typeof value === 'string' ? wireName(value) : Buffer.from(value)
  const head = uint16(types[type], of, ttl >>> 16, ttl & 0xffff, content.length)
  return Buffer.concat([wireName(owner), head, content])
}

/** The question's name begins at byte 12. */
export function message(written: WrittenMessage): Buffer {
  const { name, flags = 0x8180, questions = 1, records = [], answers = records.length } = written
  return Buffer.concat([
    uint16(0x1234, flags, questions, answers, 0, 0),
    ...Array.from({ length: questions }, () => Buffer.concat([wireName(name), uint16(1, 1)])),
    ...records.map(wireRecord),
  ])
}
