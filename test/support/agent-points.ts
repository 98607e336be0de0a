import { readFileSync } from 'node:fs'
import { type OtlpRequest, pointsOfOtlp } from './otlp-points.ts'

export type Values = Readonly<Record<string, string>>

/** A point of OTLP with all that it stands under. Values of attributes are text. */
export interface ReportedPoint {
  readonly resource: Values
  /** `name@version` */
  readonly scope: string
  readonly name: string
  readonly unit: string
  readonly isDelta: boolean
  readonly attributes: Values
  readonly start: bigint
  readonly end: bigint
  /** Of sums and gauges; of a histogram its count. */
  readonly value: number
  readonly sum: number
  readonly min: number
  readonly max: number
  /** Values in the positive buckets and the zero bucket. */
  readonly bucketed: number
}

/** As {@link pointsOfOtlp} gives it: values with their kinds, numbers as text. */
interface Raw {
  readonly resource: Values
  readonly scope: string
  readonly name: string
  readonly unit: string
  readonly temporality: number
  readonly attributes: Values
  readonly start: string
  readonly end: string
  /** It only says that its series has ended. */
  readonly hasNoValue?: boolean
  readonly int?: string
  readonly double?: string
  readonly count?: string
  readonly sum?: string
  readonly min?: string
  readonly max?: string
  readonly zeroCount?: string
  readonly positive?: readonly (number | string)[]
}

function withoutKinds(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value.replace(/^\w+Value:/, '')]),
  )
}

function read(raw: Raw): ReportedPoint {
  const [, ...counts] = raw.positive ?? [0]
  return {
    resource: withoutKinds(raw.resource),
    scope: raw.scope,
    name: raw.name,
    unit: raw.unit,
    isDelta: raw.temporality === 1,
    attributes: withoutKinds(raw.attributes),
    start: BigInt(raw.start),
    end: BigInt(raw.end),
    value: Number(raw.int ?? raw.double ?? raw.count),
    sum: Number(raw.sum),
    min: Number(raw.min),
    max: Number(raw.max),
    bucketed: counts.reduce<number>((all, one) => all + Number(one), Number(raw.zeroCount ?? 0)),
  }
}

/** Points that a backend has, and questions to them. */
export class Points {
  readonly all: readonly ReportedPoint[]

  constructor(all: readonly ReportedPoint[]) {
    this.all = all
  }

  static of(requests: readonly OtlpRequest[]): Points {
    const all = requests.flatMap((one) => pointsOfOtlp(one) as Raw[])
    return new Points(all.filter(({ hasNoValue }) => hasNoValue !== true).map(read))
  }

  /** What a file exporter has written until now: ours or the Collector's. */
  static inFile(path: string): Points {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return Points.of(lines.map((line): OtlpRequest => JSON.parse(line)))
  }

  /** @param wanted attributes of the point or its resource */
  where(wanted: Values): Points {
    return this.filter(({ resource, attributes }) =>
      Object.entries(wanted).every(
        ([key, value]) => attributes[key] === value || resource[key] === value,
      ),
    )
  }

  filter(holds: (point: ReportedPoint) => boolean): Points {
    return new Points(this.all.filter(holds))
  }

  named(name: string): Points {
    return this.filter((point) => point.name === name)
  }

  /** Each different resource once. */
  resources(): Values[] {
    const byText = new Map(this.all.map(({ resource }) => [JSON.stringify(resource), resource]))
    return [...byText.values()]
  }

  /** Of each series what holds at the end: the last point, or for delta all. */
  last(): ReportedPoint[] {
    const last = new Map<string, ReportedPoint>()
    for (const point of this.all) {
      const { resource, name, attributes, start, end, isDelta } = point
      // A cumulative series that began again has another start.
      const key = JSON.stringify([resource, name, attributes, String(start), isDelta && `${end}`])
      if ((last.get(key)?.end ?? -1n) <= end) last.set(key, point)
    }
    return [...last.values()]
  }

  /** What a counter says altogether, or a histogram has counted. */
  total(name: string): number {
    return this.named(name)
      .last()
      .reduce((sum, { value }) => sum + value, 0)
  }

  /** A histogram altogether. */
  histogram(name: string): { count: number; sum: number; min: number; max: number } {
    const last = this.named(name).last()
    return {
      count: last.reduce((sum, { value }) => sum + value, 0),
      sum: last.reduce((all, { sum }) => all + sum, 0),
      min: Math.min(...last.map(({ min }) => min)),
      max: Math.max(...last.map(({ max }) => max)),
    }
  }
}
