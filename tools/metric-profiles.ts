import { z } from 'zod'

/** How Dynatrace sums up a metric, by what its points are. */
const aggregations = {
  exponential_histogram: ['auto', 'avg', 'count', 'max', 'min', 'sum'],
  sum: ['auto', 'value'],
  gauge: ['auto', 'avg', 'max', 'min'],
} as const

const naming = {
  name: z.string(),
  /** Absent: that of the metric itself. */
  unit: z.string().optional(),
  description: z.string().optional(),
}

/** What a metric is called elsewhere. One that Dynatrace does not have is absent in that profile. */
export const metricProfiles = z.strictObject({
  dynatrace: z
    .strictObject({
      ...naming,
      aggregations: z.array(z.string()),
      /** Its sum is that counter, also where values of single connections are missing. */
      sum_of: z.string().optional(),
    })
    .optional(),
  semconv: z
    .strictObject({
      ...naming,
      /** Each value is multiplied by it, for another unit. */
      scale: z.number().positive().optional(),
      /** What tells it apart from others of the same name. */
      attributes: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
})

export type MetricProfiles = z.output<typeof metricProfiles>
export type ProfileName = keyof MetricProfiles
export const profileNames = ['dynatrace', 'semconv'] as const satisfies readonly ProfileName[]

/** What a profile needs to know of a metric of the catalogue. */
export interface ProfiledMetric {
  readonly unit: string
  readonly description: string
  readonly kind: 'sum' | 'up_down_counter' | 'gauge' | 'exponential_histogram'
  readonly valueType: 'int' | 'double'
  readonly attributes: readonly string[]
  readonly profiles: MetricProfiles | undefined
}

/** A metric as a profile has it. */
export interface Naming {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly scale: number
  readonly attributes: Readonly<Record<string, string>>
  readonly sumOf: string | undefined
}

export function namingOf(one: ProfiledMetric, profile: ProfileName): Naming | undefined {
  const written = one.profiles?.[profile]
  if (written === undefined) return undefined
  return {
    name: written.name,
    unit: written.unit ?? one.unit,
    description: written.description ?? one.description,
    scale: ('scale' in written ? written.scale : undefined) ?? 1,
    attributes: ('attributes' in written ? written.attributes : undefined) ?? {},
    sumOf: 'sum_of' in written ? written.sum_of : undefined,
  }
}

/** @returns what is wrong with the profiles of all metrics, each with the metric it is wrong of */
export function profileFaults(all: ReadonlyMap<string, ProfiledMetric>): [string, string][] {
  return [...all].flatMap(([name, one]) =>
    [
      one.profiles?.semconv === undefined && 'profiles.semconv is missing: say { name: tcp.… }',
      aggregationFault(one),
      sumFault(one, all),
      scaleFault(one),
      ...profileNames.map((profile) => nameFault(name, one, profile, all)),
    ].flatMap((fault): [string, string][] => (typeof fault === 'string' ? [[name, fault]] : [])),
  )
}

function aggregationFault({ kind, profiles }: ProfiledMetric): string | undefined {
  const found = profiles?.dynatrace?.aggregations
  if (found === undefined) return undefined
  if (kind === 'up_down_counter') return 'dynatrace: has no metric that shrinks'
  const isFit = [aggregations[kind], ...(kind === 'gauge' ? [aggregations.sum] : [])].some(
    (list) => list.join() === found.join(),
  )
  return isFit
    ? undefined
    : `dynatrace: the aggregations of a ${kind} are ${aggregations[kind].join(', ')}`
}

function sumFault(
  { kind, profiles }: ProfiledMetric,
  all: ReadonlyMap<string, ProfiledMetric>,
): string | undefined {
  const sumOf = profiles?.dynatrace?.sum_of
  if (sumOf === undefined) return undefined
  if (kind !== 'exponential_histogram') return 'dynatrace: sum_of is for histograms'
  return all.get(sumOf)?.kind === 'sum' ? undefined : `dynatrace: sum_of: ${sumOf} is no counter`
}

function scaleFault({ valueType, profiles }: ProfiledMetric): string | undefined {
  const isScaled = profiles?.semconv?.scale !== undefined
  return isScaled && valueType === 'int' ? 'semconv: whole numbers cannot have a scale' : undefined
}

/** Metrics of one name are one metric: only their own attributes may differ. */
function nameFault(
  name: string,
  one: ProfiledMetric,
  profile: ProfileName,
  all: ReadonlyMap<string, ProfiledMetric>,
): string | undefined {
  const mine = namingOf(one, profile)
  if (mine === undefined) return undefined
  const own = Object.keys(mine.attributes)
  const twice = own.find((attribute) => one.attributes.includes(attribute))
  if (twice !== undefined) return `${profile}: has the attribute ${twice} already`
  for (const [other, their] of all) {
    const theirs = namingOf(their, profile)
    if (other === name || theirs === undefined) continue
    if (theirs.name.startsWith(`${mine.name}.`)) return `${profile}: ${mine.name} begins ${other}'s`
    if (theirs.name !== mine.name) continue
    if (shape(one, mine) !== shape(their, theirs)) return `${profile}: is not as ${other}`
    const same = JSON.stringify(theirs.attributes) === JSON.stringify(mine.attributes)
    if (same) return `${profile}: cannot be told apart from ${other}`
  }
  return undefined
}

function shape({ kind, valueType, attributes }: ProfiledMetric, naming: Naming): string {
  const keys = Object.keys(naming.attributes)
  return [kind, valueType, naming.unit, naming.description, keys, attributes].join('\n')
}
