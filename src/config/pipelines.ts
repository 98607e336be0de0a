import { type Section, sections } from './components.ts'
import type { Issues } from './issue.ts'
import type { Entry, Located, LocatedMap } from './located.ts'
import { didYouMean, listed } from './suggest.ts'

const signals = ['metrics', 'logs', 'traces', 'profiles']
const pipelineSections = ['receivers', 'processors', 'exporters'] as const

/** Checks names of pipelines and that all they name is defined; warns of what no pipeline names. */
export function checkPipelines(root: LocatedMap, issues: Issues): void {
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
  const [, signal = '', rest] = /^([^/]*)(\/.*)?$/s.exec(name) ?? []
  if (signal === 'metrics') return rest === '/' ? 'the name after / is empty' : undefined
  const rule = 'pipelines are named metrics or metrics/name'
  if (signals.includes(signal)) return `${signal} are not supported in this version, ${rule}`
  return `unknown signal ${JSON.stringify(signal)}, ${rule}`
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
