import { parseDuration } from '../config/values.ts'
import { type Grouping, groupings, sortKeysOf } from '../top/index.ts'
import { badArguments } from './bad-arguments.ts'

/** As they are written. */
export interface TopValues {
  readonly source?: string | undefined
  readonly by?: string | undefined
  readonly sort?: string | undefined
  readonly filter?: string | undefined
  readonly interval?: string | undefined
  readonly rows?: string | undefined
  readonly once?: boolean | undefined
  readonly json?: boolean | undefined
}

export interface TopArguments {
  readonly source: (typeof sources)[number]
  readonly by: Grouping
  readonly sort: string | undefined
  readonly filter: string
  readonly intervalMs: number
  readonly rows: number
  readonly isOnce: boolean
  readonly isJson: boolean
}

const sources = ['auto', 'ebpf', 'inet_diag'] as const
const defaultIntervalMs = 2000
const shortestMs = 100
const longestMs = 24 * 3_600_000

/** @throws NettracerError NETTRACER_ERR_CONFIG_INVALID for a value that is none */
export function readTopArguments(values: TopValues): TopArguments {
  const source = oneOf('source', values.source ?? 'auto', sources)
  const by = oneOf('by', values.by ?? 'process', groupings)
  const { sort, filter = '', once: isOnce = false, json: isJson = false } = values
  const keys = sortKeysOf(by)
  if (sort !== undefined && !keys.includes(sort)) {
    throw badArguments(
      `--sort ${JSON.stringify(sort)}: a table by ${by} can be sorted by ${keys.join(', ')}`,
    )
  }
  const intervalMs = readInterval(values.interval)
  return { source, by, sort, filter, intervalMs, rows: readRows(values.rows), isOnce, isJson }
}

function oneOf<Known extends string>(option: string, text: string, known: readonly Known[]): Known {
  const found = known.find((one) => one === text)
  if (found !== undefined) return found
  throw badArguments(`--${option} ${JSON.stringify(text)}: known are ${known.join(', ')}`)
}

function readInterval(text: string | undefined): number {
  if (text === undefined) return defaultIntervalMs
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= shortestMs && ms <= longestMs) return ms
  throw badArguments(`--interval ${JSON.stringify(text)}: a duration from 100ms to 24h, as 2s`)
}

function readRows(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw badArguments(`--rows ${JSON.stringify(text)}: a number from 1`)
}
