/** Wire types of protobuf. */
const varint = 0
const fixed64 = 1
const bytes = 2

/** A field's number and wire type as they stand before its value: one byte up to field 15. */
const tag = (field: number, wireType: number): number => field * 8 + wireType

/** Tags of the fields of OTLP 1.x that are written, by message. */
export const Tag = {
  /** The only field of a request, of either signal. */
  request: { resources: tag(1, bytes) },
  /** `ResourceMetrics` and `ResourceLogs`. */
  ofResource: { resource: tag(1, bytes), scopes: tag(2, bytes), schemaUrl: tag(3, bytes) },
  resource: { attributes: tag(1, bytes) },
  /** `ScopeMetrics` and `ScopeLogs`. */
  ofScope: { scope: tag(1, bytes), items: tag(2, bytes), schemaUrl: tag(3, bytes) },
  scope: { name: tag(1, bytes), version: tag(2, bytes) },
  keyValue: { key: tag(1, bytes), value: tag(2, bytes) },
  anyValue: {
    text: tag(1, bytes),
    bool: tag(2, varint),
    int: tag(3, varint),
    double: tag(4, fixed64),
    array: tag(5, bytes),
  },
  arrayValue: { values: tag(1, bytes) },
  metric: {
    name: tag(1, bytes),
    description: tag(2, bytes),
    unit: tag(3, bytes),
    gauge: tag(5, bytes),
    sum: tag(7, bytes),
    histogram: tag(9, bytes),
    exponentialHistogram: tag(10, bytes),
  },
  /** What is measured: `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram`. */
  kind: { points: tag(1, bytes), temporality: tag(2, varint), isMonotonic: tag(3, varint) },
  /** Of a point of any kind. */
  point: { start: tag(2, fixed64), end: tag(3, fixed64) },
  number: {
    attributes: tag(7, bytes),
    double: tag(4, fixed64),
    exemplars: tag(5, bytes),
    int: tag(6, fixed64),
    flags: tag(8, varint),
  },
  histogram: {
    attributes: tag(9, bytes),
    count: tag(4, fixed64),
    sum: tag(5, fixed64),
    counts: tag(6, bytes),
    bounds: tag(7, bytes),
    exemplars: tag(8, bytes),
    flags: tag(10, varint),
    min: tag(11, fixed64),
    max: tag(12, fixed64),
  },
  exponential: {
    attributes: tag(1, bytes),
    count: tag(4, fixed64),
    sum: tag(5, fixed64),
    scale: tag(6, varint),
    zeroCount: tag(7, fixed64),
    positive: tag(8, bytes),
    negative: tag(9, bytes),
    flags: tag(10, varint),
    exemplars: tag(11, bytes),
    min: tag(12, fixed64),
    max: tag(13, fixed64),
  },
  buckets: { offset: tag(1, varint), counts: tag(2, bytes) },
  exemplar: {
    time: tag(2, fixed64),
    double: tag(3, fixed64),
    spanId: tag(4, bytes),
    traceId: tag(5, bytes),
    int: tag(6, fixed64),
    attributes: tag(7, bytes),
  },
  log: {
    time: tag(1, fixed64),
    severityNumber: tag(2, varint),
    severityText: tag(3, bytes),
    body: tag(5, bytes),
    attributes: tag(6, bytes),
    observedTime: tag(11, fixed64),
    eventName: tag(12, bytes),
  },
} as const
