import { type AnyFactory, takesLogs } from './component.ts'
import { type Components, type Section, sections } from './components.ts'
import type { Issues } from './issue.ts'
import type { Entry, Located, LocatedMap } from './located.ts'
import { didYouMean, listed } from './suggest.ts'

const signals = ['metrics', 'logs']
const laterSignals = ['traces', 'profiles']
const pipelineSections = ['receivers', 'processors', 'exporters'] as const

/** Components that could be read, by section. */
export type Defined = Readonly<Record<(typeof pipelineSections)[number], Components<AnyFactory>>>

/**
 * Checks names of pipelines, that all they name is defined and that it takes what the pipeline carries; warns of what no
 * pipeline names.
 */
export function checkPipelines(root: LocatedMap, defined: Defined, issues: Issues): void {
  const service = root.entries.get('service')?.value
  const used = new Set<string>()
  if (service?.kind === 'map') {
    const pipelines = service.entries.get('pipelines')
    if (pipelines?.value.kind === 'map') {
      if (pipelines.value.entries.size === 0) {
        issues.add(pipelines.key, ['service', 'pipelines'], 'there must be at least one pipeline')
      }
      for (const [name, entry] of pipelines.value.entries) {
        checkPipeline(name, entry, root, used, issues)
        checkTakesLogs(name, entry, defined, issues)
      }
    }
    const extensions = service.entries.get('extensions')?.value
    checkNames(extensions, 'extensions', ['service', 'extensions'], root, used, issues)
  }
  for (const section of pipelineSections) warnUnused(root, section, used, issues)
}

function checkPipeline(
  name: string,
  { key, value }: Entry,
  root: LocatedMap,
  used: Set<string>,
  issues: Issues,
): void {
  const path = ['service', 'pipelines', name]
  const problem = nameProblem(name)
  if (problem !== undefined) issues.add(key, path, problem)
  for (const section of pipelineSections) {
    const list = value.kind === 'map' ? value.entries.get(section)?.value : undefined
    checkNames(list, section, [...path, section], root, used, issues)
  }
}

function nameProblem(name: string): string | undefined {
  const signal = signalOf(name)
  if (signals.includes(signal)) {
    return name === `${signal}/` ? 'the name after / is empty' : undefined
  }
  const rule = 'pipelines are named metrics, logs, metrics/name or logs/name'
  if (laterSignals.includes(signal)) return `${signal} are not supported in this version, ${rule}`
  return `unknown signal ${JSON.stringify(signal)}, ${rule}`
}

/** What a pipeline of that name carries. */
export function signalOf(name: string): string {
  return name.split('/', 1)[0] ?? ''
}

function checkTakesLogs(name: string, { value }: Entry, defined: Defined, issues: Issues): void {
  if (signalOf(name) !== 'logs') return
  for (const section of pipelineSections) {
    const list = value.kind === 'map' ? value.entries.get(section)?.value : undefined
    if (list?.kind !== 'list') continue
    list.items.forEach((item, index) => {
      const id = item.kind === 'scalar' ? item.value : undefined
      const found = typeof id === 'string' ? defined[section].get(id) : undefined
      if (found === undefined || takesLogs(found.factory)) return
      const able = section === 'receivers' ? 'gives no logs' : 'takes no logs'
      const problem = `${JSON.stringify(id)} ${able}, only metrics`
      issues.add(item.place, ['service', 'pipelines', name, section, index], problem)
    })
  }
}

function checkNames(
  list: Located | undefined,
  section: Section,
  path: readonly string[],
  root: LocatedMap,
  used: Set<string>,
  issues: Issues,
): void {
  if (list?.kind !== 'list') return
  const seen = new Set<string>()
  list.items.forEach((item, index) => {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') return
    const id = item.value
    used.add(`${section} ${id}`)
    const problem = seen.has(id)
      ? `${JSON.stringify(id)} is named twice`
      : referenceProblem(id, section, root)
    seen.add(id)
    if (problem !== undefined) issues.add(item.place, [...path, index], problem)
  })
}

function referenceProblem(id: string, section: Section, root: LocatedMap): string | undefined {
  const defined = namesIn(root, section)
  if (defined.includes(id)) return undefined
  const word = sections[section]
  const name = JSON.stringify(id)
  const other = allSections.find((one) => one !== section && namesIn(root, one).includes(id))
  if (other !== undefined) return `${name} is ${article(sections[other])}, not ${article(word)}`
  const guess = didYouMean(id, defined)
  const known = defined.length > 0 ? `defined: ${listed(defined)}` : 'none is defined'
  return `no ${word} ${name} under ${section}${guess}${guess === '' ? ', ' : ' '}${known}`
}

const allSections: readonly Section[] = ['receivers', 'processors', 'exporters', 'extensions']

function namesIn(root: LocatedMap, section: Section): string[] {
  const value = root.entries.get(section)?.value
  return value?.kind === 'map' ? [...value.entries.keys()] : []
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`
}

function warnUnused(root: LocatedMap, section: Section, used: Set<string>, issues: Issues): void {
  const value = root.entries.get(section)?.value
  if (value?.kind !== 'map') return
  for (const [id, { key }] of value.entries) {
    if (!used.has(`${section} ${id}`)) {
      issues.warn(key, [section, id], `defined, but no pipeline names this ${sections[section]}`)
    }
  }
}
