import type { Buffer } from 'node:buffer'
import { type Cidr, parseCidr } from './cidr.ts'
import { PrefixTable } from './prefix-table.ts'

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

interface NamedRange {
  readonly place: string
  readonly cidr: unknown
  readonly name: string
  /** Of equal CIDRs the one that says most counts. */
  readonly isGeneral: boolean
}

type Json = { readonly [key: string]: unknown }

/**
 * Published ranges of AWS (`ip-ranges.json`), GCP (`cloud.json`) and Azure (`ServiceTags_Public.json`), or lines of
 * `CIDR NAME`.
 *
 * @throws {Error} with the place and what is wrong
 */
export function parseRanges(
  bytes: Buffer,
  { format, keys }: Pick<RangeFile, 'format' | 'keys'>,
): PrefixTable<string> {
  const text = bytes.toString('utf8')
  const isText = format === 'text' || (format === 'auto' && !text.trimStart().startsWith('{'))
  const ranges = isText
    ? rangesOfText(text)
    : rangesOfJson(asObject(JSON.parse(text), '$'), format, keys)
  if (ranges.length > mostRanges) {
    throw new Error(`it has ${ranges.length} ranges, and may have ${mostRanges}`)
  }
  const bySpeciality = [
    ...ranges.filter(({ isGeneral }) => !isGeneral),
    ...ranges.filter(({ isGeneral }) => isGeneral),
  ]
  return new PrefixTable(bySpeciality.map((range) => [cidrAt(range), range.name]))
}

function cidrAt({ cidr, place }: NamedRange): Cidr {
  const parsed = typeof cidr === 'string' ? parseCidr(cidr) : undefined
  if (parsed === undefined) throw new Error(`${place}: not a CIDR: ${shown(cidr)}`)
  return parsed
}

function rangesOfText(text: string): NamedRange[] {
  return text.split('\n').flatMap((line, at) => {
    const [cidr = '', ...name] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (cidr === '') return []
    const place = `line ${at + 1}`
    if (name.length === 0) throw new Error(`${place}: a name is missing behind ${shown(cidr)}`)
    return [{ place, cidr, name: nameOf(name), isGeneral: false }]
  })
}

function rangesOfJson(
  root: Json,
  format: RangeFileFormat,
  keys: readonly RangeKey[],
): NamedRange[] {
  if (format === 'azure' || (format === 'auto' && 'values' in root)) return ofAzure(root, keys)
  const prefixes = listIn(root, 'prefixes', '$')
  const isAws = format === 'aws' || (format === 'auto' && 'createDate' in root)
  if (!isAws) return ofGcp(prefixes, keys)
  const ipv6 = root['ipv6_prefixes'] === undefined ? [] : listIn(root, 'ipv6_prefixes', '$')
  return [
    ...ofAws(prefixes, 'prefixes', 'ip_prefix', keys),
    ...ofAws(ipv6, 'ipv6_prefixes', 'ipv6_prefix', keys),
  ]
}

function ofAws(
  list: readonly unknown[],
  name: string,
  field: string,
  keys: readonly RangeKey[],
): NamedRange[] {
  return list.map((one, at) => {
    const place = `${name}[${at}]`
    const range = asObject(one, place)
    return {
      place,
      cidr: range[field],
      name: named('aws', keys, range['region'], range['service']),
      // Each range of a service is there once more as one of AMAZON.
      isGeneral: range['service'] === 'AMAZON',
    }
  })
}

function ofGcp(list: readonly unknown[], keys: readonly RangeKey[]): NamedRange[] {
  return list.map((one, at) => {
    const place = `prefixes[${at}]`
    const range = asObject(one, place)
    return {
      place,
      cidr: range['ipv4Prefix'] ?? range['ipv6Prefix'],
      name: named('gcp', keys, range['scope'], range['service']),
      isGeneral: false,
    }
  })
}

function ofAzure(root: Json, keys: readonly RangeKey[]): NamedRange[] {
  return listIn(root, 'values', '$').flatMap((one, at) => {
    const tag = `values[${at}].properties`
    const properties = asObject(asObject(one, `values[${at}]`)['properties'], tag)
    const { region, systemService } = properties
    const name = named('azure', keys, region, systemService)
    const isGeneral = region === '' || systemService === ''
    return listIn(properties, 'addressPrefixes', tag).map((cidr, number) => ({
      place: `${tag}.addressPrefixes[${number}]`,
      cidr,
      name,
      isGeneral,
    }))
  })
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
}

function listIn(object: Json, key: string, place: string): readonly unknown[] {
  const list = object[key]
  if (!Array.isArray(list)) throw new Error(`${place}: ${key} is not a list`)
  return list
}

function asObject(value: unknown, place: string): Json {
  if (!isObject(value)) throw new Error(`${place}: not an object`)
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
