import { type JsonObject, pairsOf } from './fields.ts'

/** One rule of `extract.labels` or `extract.annotations`: by key, or by an expression that finds keys. */
export interface ExtractionRule {
  /** Name of the attribute; with `key_regex`, `$1` is the first group. Absent: `k8s.pod.label.KEY`. */
  readonly tagName?: string | undefined
  readonly key?: string | undefined
  readonly keyRegex?: RegExp | undefined
}

/** What of a pod goes into its resource. */
export interface ExtractionSettings {
  /** Names of attributes: `k8s.pod.name`, ... */
  readonly metadata: ReadonlySet<string>
  readonly labels: readonly ExtractionRule[]
  readonly annotations: readonly ExtractionRule[]
  readonly otelAnnotations: boolean
  /** Whether `app.kubernetes.io/*` may name the service. */
  readonly serviceLabels: boolean
}

const maxAttributes = 64
const annotationPrefix = 'resource.opentelemetry.io/'
const labelPrefix = 'app.kubernetes.io/'
const labelsOfServices = new Set(['instance', 'name', 'version', 'part-of'])

/** Attributes by the rules, at most 64. */
export function extract(metadata: JsonObject, settings: ExtractionSettings) {
  const attributes: Record<string, string> = {}
  const sets = [
    [metadata['labels'], settings.labels, 'k8s.pod.label.'],
    [metadata['annotations'], settings.annotations, 'k8s.pod.annotation.'],
  ] as const
  let count = 0
  for (const [pairs, rules, prefix] of sets) {
    if (rules.length === 0) continue
    for (const [key, text] of pairsOf(pairs)) {
      for (const rule of rules) {
        const name = nameBy(rule, key, prefix)
        if (name === undefined || count >= maxAttributes) continue
        attributes[name] = text
        count += 1
      }
    }
  }
  return attributes
}

/** `resource.opentelemetry.io/KEY`, by KEY. */
export function resourceAnnotationsOf(metadata: JsonObject, settings: ExtractionSettings) {
  const found = new Map<string, string>()
  if (!settings.otelAnnotations) return found
  for (const [key, text] of pairsOf(metadata['annotations'], annotationPrefix)) {
    if (found.size >= maxAttributes) continue
    const name = key.slice(annotationPrefix.length)
    if (name !== '') found.set(name, text)
  }
  return found
}

/** `app.kubernetes.io/*` that may name the service, by what follows the slash. */
export function serviceLabelsOf(metadata: JsonObject, settings: ExtractionSettings) {
  const found = new Map<string, string>()
  if (!settings.serviceLabels) return found
  for (const [key, text] of pairsOf(metadata['labels'], labelPrefix)) {
    const name = key.slice(labelPrefix.length)
    if (labelsOfServices.has(name)) found.set(name, text)
  }
  return found
}

function nameBy({ tagName, key, keyRegex }: ExtractionRule, found: string, prefix: string) {
  if (keyRegex === undefined) return key === found ? (tagName ?? `${prefix}${found}`) : undefined
  const match = keyRegex.exec(found)
  // As in the Collector, the whole key must be found.
  if (match === null || match[0] !== found) return undefined
  return tagName === undefined ? `${prefix}${found}` : found.replace(keyRegex, tagName)
}
