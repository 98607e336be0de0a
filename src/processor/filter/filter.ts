import type { Attributes } from '@opentelemetry/api'
import type { DataPoint, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Logs, severities } from '../../model/logs.ts'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { countRecords } from '../../model/split-logs.ts'
import { toPattern } from '../shared/pattern.ts'
import { type Condition, parseCondition } from './condition.ts'
import type { FilterConfig, Matching } from './config.ts'
import { metricContext, pointContext, recordContext } from './contexts.ts'

type Test = (text: string) => boolean

/** Lets through what the configuration wants. */
export class Filter {
  readonly #ofMetric: readonly Condition[]
  readonly #ofPoint: readonly Condition[]
  readonly #ofRecord: readonly Condition[]
  readonly #isWantedResource: (attributes: Attributes) => boolean
  readonly #isWantedName: Test

  constructor({ metrics, logs }: FilterConfig) {
    this.#ofMetric = metrics.metric.map((text) => parseCondition(text, metricContext))
    this.#ofPoint = metrics.datapoint.map((text) => parseCondition(text, pointContext))
    this.#ofRecord = logs.log_record.map((text) => parseCondition(text, recordContext))
    this.#isWantedResource = resourceTest(metrics.include, metrics.exclude)
    this.#isWantedName = nameTest(metrics.include, metrics.exclude)
  }

  /** @returns `undefined` if nothing is left; the same object if all is */
  metrics(metrics: Metrics): Metrics | undefined {
    const resourceMetrics = metrics.resourceMetrics
      .map((one) => this.#resource(one))
      .filter((one) => one !== undefined)
    const points = countPoints(resourceMetrics)
    if (points === metrics.points && metrics.goesOn !== true) return metrics
    // Nobody is told that another part follows: it may be dropped.
    return points === 0 ? undefined : { resourceMetrics, points }
  }

  logs({ resourceLogs }: Logs): Logs | undefined {
    const kept = resourceLogs
      .map(({ resource, scopeLogs }) => ({
        resource,
        scopeLogs: scopeLogs
          .map(({ scope, logRecords }) => ({
            scope,
            logRecords: logRecords.filter(({ attributes, body, severity, eventName }) => {
              const fields = { body, severity: severities[severity], event: eventName }
              const subject = { fields, attributes, resource: resource.attributes }
              return !this.#ofRecord.some((condition) => condition(subject))
            }),
          }))
          .filter(({ logRecords }) => logRecords.length > 0),
      }))
      .filter(({ scopeLogs }) => scopeLogs.length > 0)
    if (kept.length === 0) return undefined
    const records = kept.map(countRecords).reduce((sum, one) => sum + one, 0)
    return { resourceLogs: kept, records }
  }

  #resource({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics | undefined {
    if (!this.#isWantedResource(resource.attributes)) return undefined
    const kept = scopeMetrics
      .map(({ scope, metrics }) => ({
        scope,
        metrics: metrics
          .filter((metric) => this.#isWantedMetric(metric, resource.attributes))
          .map((metric) => this.#withPoints(metric, resource.attributes))
          .filter(({ dataPoints }) => dataPoints.length > 0),
      }))
      .filter(({ metrics }) => metrics.length > 0)
    return kept.length === 0 ? undefined : { resource, scopeMetrics: kept }
  }

  #isWantedMetric({ descriptor }: MetricData, resource: Attributes): boolean {
    if (!this.#isWantedName(descriptor.name)) return false
    const subject = { fields: fieldsOf(descriptor), resource }
    return !this.#ofMetric.some((condition) => condition(subject))
  }

  #withPoints(metric: MetricData, resource: Attributes): MetricData {
    if (this.#ofPoint.length === 0) return metric
    const fields = fieldsOf(metric.descriptor)
    const isWanted = ({ attributes, value }: DataPoint<unknown>): boolean => {
      const subject = { fields: { ...fields, value }, attributes, resource }
      return !this.#ofPoint.some((condition) => condition(subject))
    }
    const all: readonly DataPoint<unknown>[] = metric.dataPoints
    // Of the metric's own type, as the ones that they are taken from.
    return { ...metric, dataPoints: all.filter(isWanted) } as MetricData
  }
}

function fieldsOf({ name, unit, description }: MetricData['descriptor']) {
  return { name, unit, description }
}

function testOf(type: Matching['match_type'], wanted: string): Test {
  const pattern = type === 'regexp' ? toPattern(wanted) : undefined
  return pattern === undefined ? (text) => text === wanted : (text) => pattern.test(text)
}

function nameTest(include?: Matching, exclude?: Matching): Test {
  const testsOf = (matching?: Matching) =>
    (matching?.metric_names ?? []).map((name) => testOf(matching?.match_type ?? 'strict', name))
  const [included, excluded] = [testsOf(include), testsOf(exclude)]
  return (name) =>
    (included.length === 0 || included.some((holds) => holds(name))) &&
    !excluded.some((holds) => holds(name))
}

/** All attributes of a list must match. */
function resourceTest(include?: Matching, exclude?: Matching) {
  const testsOf = (matching?: Matching) =>
    (matching?.resource_attributes ?? []).map(({ key, value }) => {
      const holds = testOf(matching?.match_type ?? 'strict', value)
      return ({ [key]: given }: Attributes) =>
        given !== undefined && holds(typeof given === 'string' ? given : JSON.stringify(given))
    })
  const [included, excluded] = [testsOf(include), testsOf(exclude)]
  return (attributes: Attributes): boolean =>
    included.every((holds) => holds(attributes)) &&
    !(excluded.length > 0 && excluded.every((holds) => holds(attributes)))
}
