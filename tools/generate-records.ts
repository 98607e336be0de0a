/**
 * Makes src/generated/records.ts, the decoders of the kernel's records, from the BTF of build/nettracer.bpf.o:
 * bpf/nettracer.h is their only definition. With `--check` it writes nothing and fails on a difference.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { findBpftool } from './bpftool.ts'
import { type BtfType, type Field, flatten, type Layout, layoutText } from './record-layout.ts'

const target = new URL('../src/generated/records.ts', import.meta.url)
const object = new URL('../build/nettracer.bpf.o', import.meta.url)
const structs = [
  'connection_record',
  'end_record',
  'listener_record',
  'process_record',
  'summary_record',
  'open_record',
  'response_record',
  'answer_record',
  'total',
  'rejection',
]
const enums = [
  'record_kind',
  'role',
  'close_reason',
  'failure_type',
  'response_bounds',
  'io_wanted',
  'loss',
  'life',
]

const pascal = (name: string): string => camel(`_${name}`)
const camel = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase())

/** How a field is read: style.md's rule that identities and times are bigint, counts and durations number. */
function getter(field: Field): [type: string, body: string] {
  const word = field.offset >> 2
  if (field.elements !== undefined) {
    const bytes = `this.bytes.subarray(this.at * 4 + ${field.offset}, this.at * 4 + ${field.offset + field.size})`
    return ['Uint8Array', bytes]
  }
  const low = `(this.words[this.at + ${word}] as number)`
  const high = `(this.words[this.at + ${word + 1}] as number)`
  if (field.size === 8 && /_(time|id)$/.test(field.name)) {
    return ['bigint', `(BigInt${high} << 32n) | BigInt${low}`]
  }
  if (field.size === 8) return ['number', `${low} + ${high} * 4294967296`]
  if (field.size === 4) return ['number', field.isSigned ? `${low} | 0` : low]
  const shift = (field.offset & 3) * 8
  const mask = field.size === 2 ? '0xffff' : '0xff'
  return ['number', shift === 0 ? `${low} & ${mask}` : `(${low} >>> ${shift}) & ${mask}`]
}

function decoder(layout: Layout): string {
  const lines = [
    `/** Reads a \`struct ${layout.name}\` in place, ${layout.size} bytes. Set \`at\` to its first word. */`,
    `export class ${pascal(layout.name)} {`,
    `  static readonly size = ${layout.size}`,
  ]
  const flow = layout.fields.find(({ path }) => path.endsWith('flow.remote_address'))
  if (flow)
    lines.push(
      `  /** Word offset of its \`struct flow\`. */`,
      `  static readonly flowWord = ${flow.offset >> 2}`,
    )
  const endpoints = layout.fields.find(({ path }) => path.endsWith('endpoints.local_address'))
  if (endpoints)
    lines.push(
      `  /** Word offset of its \`struct endpoints\`. */`,
      `  static readonly endpointsWord = ${endpoints.offset >> 2}`,
    )
  lines.push(
    '  readonly bytes: Uint8Array',
    '  readonly words: Uint32Array',
    '  at = 0',
    '',
    '  constructor(words: Uint32Array) {',
    '    this.words = words',
    '    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)',
    '  }',
  )
  for (const field of layout.fields) {
    if (field.name.startsWith('reserved')) continue
    const [type, body] = getter(field)
    lines.push('')
    if (field.tags.length > 0) lines.push(`  /** ${field.tags.join('; ')} */`)
    lines.push(`  get ${camel(field.name)}(): ${type} {`, `    return ${body}`, '  }')
  }
  return [...lines, '}', ''].join('\n')
}

function enumeration(types: readonly BtfType[], name: string): string {
  const found = types.find((type) => type.kind === 'ENUM' && type.name === name)
  if (found?.values === undefined) throw new Error(`enum ${name} is not in the object's BTF`)
  const values = found.values.map(({ name: value, val }) => `  ${value}: ${val},`)
  return [`export const ${camel(name)} = {`, ...values, '} as const', ''].join('\n')
}

function generate(): string {
  const dump = execFileSync(findBpftool(), ['btf', 'dump', 'file', object.pathname, '-j'], {
    maxBuffer: 1 << 26,
  })
  const { types } = JSON.parse(dump.toString()) as { types: BtfType[] }
  const layouts = structs.map((name) => flatten(types, name))
  const text = layouts.map(layoutText).join('')
  const flow = flatten(types, 'flow')
  return [
    '// Made by tools/generate-records.ts from bpf/nettracer.h. Do not edit.',
    '',
    '/** The structs whose layout is compared when the BPF object is opened. */',
    `export const recordStructs = [${structs.map((name) => `'${name}'`).join(', ')}] as const`,
    '',
    '/** SHA-256 of the layout as the addon describes it. */',
    `export const layoutHash = '${createHash('sha256').update(text).digest('hex')}'`,
    '',
    '/** Words of a `struct flow`. */',
    `export const flowWords = ${flow.size >> 2}`,
    '',
    ...enums.map((name) => enumeration(types, name)),
    ...layouts.map(decoder),
  ].join('\n')
}

const made = execFileSync('biome', ['format', '--stdin-file-path=records.ts'], {
  input: generate(),
}).toString()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== made) {
    console.error(
      'src/generated/records.ts is not what bpf/nettracer.h says: run `npm run generate`',
    )
    process.exitCode = 1
  }
} else {
  writeFileSync(target, made)
}
