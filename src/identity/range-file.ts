import type { Buffer } from 'node:buffer'
import { Turns } from '../shared/turns.ts'
import { type Cidr, parseCidr } from './cidr.ts'
import { type PrefixTable, PrefixTableBuilder } from './prefix-table.ts'

export type RangeFileFormat = 'auto' | 'aws' | 'gcp' | 'azure' | 'text'
/** What of a provider's range makes its name. */
export type RangeKey = 'region' | 'service'

export interface RangeFile {
  readonly file: string
  readonly format: RangeFileFormat
  readonly keys: readonly RangeKey[]
}

/** Of one file. Azure's had 100,000 in 2026. */
const mostRanges = 500_000
const mostNameLength = 63
/** Ranges after which others may have a turn. */
const restEvery = 512

interface NamedRange {
  /** For errors only: most are never asked for. */
  readonly place: () => string
  readonly cidr: unknown
  readonly name: string
  /** Of equal CIDRs the one that says most counts. */
  readonly isGeneral: boolean
}

type Json = { readonly [key: string]: unknown }

/**
 * Published ranges of AWS (`ip-ranges.json`), GCP (`cloud.json`) and Azure (`ServiceTags_Public.json`), or lines of
 * `CIDR NAME`. Nobody waits for it for longer than some 10 ms, but for the parsing of JSON.
 *
 * @throws {Error} with the place and what is wrong
 */
export function parseRanges(
  bytes: Buffer,
  settings: Pick<RangeFile, 'format' | 'keys'>,
): Promise<PrefixTable<string>> {
  return new Turns().run(tableOf(bytes.toString('utf8'), settings))
}

function* tableOf(
  text: string,
  { format, keys }: Pick<RangeFile, 'format' | 'keys'>,
): Generator<void, PrefixTable<string>> {
  const isText = format === 'text' || (format === 'auto' && !text.trimStart().startsWith('{'))
  const ranges = isText
    ? rangesOfText(text)
    : rangesOfJson(asObject(JSON.parse(text), '$'), format, keys)
  const builder = new PrefixTableBuilder<string>()
  const general: (readonly [cidr: Cidr, name: string])[] = []
  for (const range of ranges) {
    const cidr = cidrAt(range)
    if (range.isGeneral) general.push([cidr, range.name])
    else builder.add(cidr, range.name)
    const count = builder.size + general.length
    if (count > mostRanges) throw new Error(`it has more than ${mostRanges} ranges`)
    if (count % restEvery === 0) yield
  }
  for (const [at, [cidr, name]] of general.entries()) {
    builder.add(cidr, name)
    if (at % restEvery === 0) yield
  }
  return yield* builder.build()
}

function cidrAt({ cidr, place }: NamedRange): Cidr {
  const parsed = typeof cidr === 'string' ? parseCidr(cidr) : undefined
  if (parsed === undefined) throw new Error(`${place()}: not a CIDR: ${shown(cidr)}`)
  return parsed
}

function* rangesOfText(text: string): Generator<NamedRange> {
  for (const [at, line] of text.split('\n').entries()) {
    const [cidr = '', ...name] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (cidr === '') continue
    const place = () => `line ${at + 1}`
    if (name.length === 0) throw new Error(`${place()}: a name is missing behind ${shown(cidr)}`)
    yield { place, cidr, name: nameOf(name), isGeneral: false }
  }
}

function* rangesOfJson(
  root: Json,
  format: RangeFileFormat,
  keys: readonly RangeKey[],
): Generator<NamedRange> {
  if (format === 'azure' || (format === 'auto' && 'values' in root)) {
    yield* ofAzure(root, keys)
    return
  }
  const prefixes = listIn(root, 'prefixes', '$')
  const isAws = format === 'aws' || (format === 'auto' && 'createDate' in root)
  if (!isAws) {
    yield* ofGcp(prefixes, keys)
    return
  }
  yield* ofAws(prefixes, 'prefixes', 'ip_prefix', keys)
  const ipv6 = root['ipv6_prefixes'] === undefined ? [] : listIn(root, 'ipv6_prefixes', '$')
  yield* ofAws(ipv6, 'ipv6_prefixes', 'ipv6_prefix', keys)
}

function* ofAws(
  list: readonly unknown[],
  name: string,
  field: string,
  keys: readonly RangeKey[],
): Generator<NamedRange> {
  for (const [at, one] of list.entries()) {
    const place = () => `${name}[${at}]`
    const range = asObject(one, place)
    const { region, service } = range
    yield {
      place,
      cidr: range[field],
      name: named('aws', keys, region, service),
      // Each range of a service is there once more as one of AMAZON.
      isGeneral: service === 'AMAZON',
    }
  }
}

function* ofGcp(list: readonly unknown[], keys: readonly RangeKey[]): Generator<NamedRange> {
  for (const [at, one] of list.entries()) {
    const place = () => `prefixes[${at}]`
    const { ipv4Prefix, ipv6Prefix, scope, service } = asObject(one, place)
    const name = named('gcp', keys, scope, service)
    yield { place, cidr: ipv4Prefix ?? ipv6Prefix, name, isGeneral: false }
  }
}

function* ofAzure(root: Json, keys: readonly RangeKey[]): Generator<NamedRange> {
  for (const [at, one] of listIn(root, 'values', '$').entries()) {
    const tag = `values[${at}].properties`
    const properties = asObject(asObject(one, `values[${at}]`)['properties'], tag)
    const { region, systemService } = properties
    const name = named('azure', keys, region, systemService)
    const isGeneral = region === '' || systemService === ''
    for (const [number, cidr] of listIn(properties, 'addressPrefixes', tag).entries()) {
      yield { place: () => `${tag}.addressPrefixes[${number}]`, cidr, name, isGeneral }
    }
  }
}

function named(
  provider: string,
  keys: readonly RangeKey[],
  region: unknown,
  service: unknown,
): string {
  const values = { region, service }
  const parts = keys
    .map((key) => values[key])
    .filter((one) => typeof one === 'string' && one !== '')
  return nameOf([[provider, ...parts].join(':')])
}

/** As the names of groups are: no spaces, and not too long. */
function nameOf(words: readonly string[]): string {
  return words
    .join('-')
    .replace(/[\s\p{Cc}]+/gu, '-')
    .slice(0, mostNameLength)
    .toWellFormed()
}

function listIn(object: Json, key: string, place: string): readonly unknown[] {
  const list = object[key]
  if (!Array.isArray(list)) throw new Error(`${place}: ${key} is not a list`)
  return list
}

function asObject(value: unknown, place: string | (() => string)): Json {
  if (!isObject(value)) {
    throw new Error(`${typeof place === 'string' ? place : place()}: not an object`)
  }
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
