import { type Section, sections } from './components.ts'
import type { Issues } from './issue.ts'
import type { Located, LocatedMap } from './located.ts'
import { didYouMean, listed } from './suggest.ts'

/** Checks a list of names of a section: each is defined there, and named once. Adds them to `used`. */
export function checkNames(
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
    // What a variable holds is not shown: it may be a secret that got here by mistake.
    const shown = item.substituted === undefined ? JSON.stringify(id) : 'what is put in here'
    const problem = seen.has(id)
      ? `${shown} is named twice`
      : referenceProblem(id, section, root, shown)
    seen.add(id)
    if (problem !== undefined) issues.add(item.place, [...path, index], problem)
  })
}

/** @returns what is wrong with a name, if anything is */
export function referenceProblem(
  id: string,
  section: Section,
  root: LocatedMap,
  name = JSON.stringify(id),
): string | undefined {
  const defined = namesIn(root, section)
  if (defined.includes(id)) return undefined
  const word = sections[section]
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

/** Warns of what is defined and not in `used`. */
export function warnUnused(
  root: LocatedMap,
  section: Section,
  used: ReadonlySet<string>,
  reason: string,
  issues: Issues,
): void {
  const value = root.entries.get(section)?.value
  if (value?.kind !== 'map') return
  for (const [id, { key }] of value.entries) {
    if (!used.has(`${section} ${id}`)) {
      issues.warn(key, [section, id], `defined, but ${reason} this ${sections[section]}`)
    }
  }
}
