import type { Exemplar } from '../../model/points.ts'
import {
  attributesJson,
  double,
  type Field,
  integer,
  listOf,
  message,
  nanoseconds,
} from './json-values.ts'

/** The exemplars of a point; of an integer's they are integers. Ids are hexadecimal in OTLP JSON. */
export function exemplarsJson(
  exemplars: readonly Exemplar[] | undefined,
  isInteger: boolean,
): Field {
  if (exemplars === undefined) return undefined
  return listOf(
    exemplars.map(({ time, value, traceId, spanId, attributes }) =>
      message({
        filteredAttributes: attributesJson(attributes),
        timeUnixNano: nanoseconds(time),
        ...(isInteger ? { asInt: integer(value) } : { asDouble: double(value) }),
        traceId,
        spanId,
      }),
    ),
  )
}
