import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import type { Issues, Path, Place } from './issue.ts'
import { type Entry, emptyMap, type Located } from './located.ts'

/** Bounds for what aliases can blow up to. */
const maxValues = 100_000
const maxDepth = 64

/**
 * Reads YAML and remembers where each value stands.
 *
 * @param file what to call the text in a place
 * @returns `undefined` if the structure cannot be trusted; the errors are in `issues`
 */
export function parseYaml(text: string, file: string, issues: Issues): Located | undefined {
  const lines = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  let document: Document.Parsed
  let targets: AliasTargets
  try {
    // Unique keys are checked here below: the library's own check takes time with the square of the keys.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
    targets = aliasTargets(document)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    issues.add({ file, line: 1, column: 1 }, [], 'not YAML that can be read: nested too deeply')
    return undefined
  }
  const problems = [...document.errors, ...document.warnings]
  if (problems.length > 0) {
    reportSyntax(problems, text, placeAt, issues)
    return undefined
  }
  if (document.contents === null) return emptyMap({ file, line: 1, column: 1 })
  return new Converter(targets, placeAt, issues).convert(document.contents, [], 0)
}

/** Leaves out what follows from an error: others on the same line, and tokens that only it made unexpected. */
function reportSyntax(
  problems: readonly YAMLError[],
  text: string,
  placeAt: (offset: number) => Place,
  issues: Issues,
): void {
  const seen = new Set<number>()
  for (const { code, pos, message } of problems) {
    const place = placeAt(pos[0])
    if (seen.has(place.line) || (seen.size > 0 && code === 'UNEXPECTED_TOKEN')) continue
    seen.add(place.line)
    const inFlow = text[pos[0] - 1] === '$' && text[pos[0]] === '{'
    const hint = inFlow ? '; inside { } and [ ] write "${...}" in quotes' : ''
    const isDeep = code === 'RESOURCE_EXHAUSTION'
    const first = isDeep ? 'nested too deeply' : (message.split('\n')[0] ?? message)
    issues.add(place, [], `not YAML: ${first}${hint}`)
  }
}

type AliasTargets = ReadonlyMap<Alias, Node>

/** Finds all targets in one walk: asking the library for each alias walks the document each time. */
function aliasTargets(document: Document.Parsed): AliasTargets {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target !== undefined) targets.set(node, target)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

class Converter {
  readonly #targets: AliasTargets
  readonly #placeAt: (offset: number) => Place
  readonly #issues: Issues
  #values = 0

  constructor(targets: AliasTargets, placeAt: (offset: number) => Place, issues: Issues) {
    this.#targets = targets
    this.#placeAt = placeAt
    this.#issues = issues
  }

  convert(node: unknown, path: Path, depth: number): Located | undefined {
    const place = this.#placeOf(node)
    this.#values += 1
    if (this.#values > maxValues || depth > maxDepth) {
      // Said once: the same alias is met again and again.
      if (this.#values !== Number.POSITIVE_INFINITY) {
        const what =
          depth > maxDepth ? `nested deeper than ${maxDepth}` : `more than ${maxValues} values`
        this.#issues.add(place, path, `${what}, aliases counted as often as they are used`)
        this.#values = Number.POSITIVE_INFINITY
      }
      return undefined
    }
    if (isAlias(node)) return this.#convertAlias(node, path, depth)
    if (isMap(node)) return this.#convertMap(node, path, depth)
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.convert(item, [...path, index], depth + 1))
      return items.includes(undefined)
        ? undefined
        : { kind: 'list', place, items: items.filter((item) => item !== undefined) }
    }
    return scalarOf(node, place)
  }

  #convertAlias(node: Alias, path: Path, depth: number): Located | undefined {
    const target = this.#targets.get(node)
    if (target !== undefined) return this.convert(target, path, depth + 1)
    const message = `alias *${node.source} has no anchor &${node.source} before it`
    this.#issues.add(this.#placeOf(node), path, message)
    return undefined
  }

  #convertMap(node: YAMLMap, path: Path, depth: number): Located | undefined {
    const own = new Map<string, Entry>()
    const inherited = new Map<string, Entry>()
    let isWhole = true
    for (const pair of node.items) {
      const key = this.#keyOf(pair, path)
      const isMerge = key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN'
      const value = key && this.convert(pair.value, isMerge ? path : [...path, key], depth + 1)
      if (!key || !value) isWhole = false
      else if (isMerge) this.#inherit(value, inherited, path)
      else this.#put(own, key, { key: this.#placeOf(pair.key), value }, path)
    }
    const entries = new Map([...inherited, ...own])
    return isWhole ? { kind: 'map', place: this.#placeOf(node), entries } : undefined
  }

  #put(entries: Map<string, Entry>, key: string, entry: Entry, path: Path): void {
    const first = entries.get(key)
    if (first === undefined) entries.set(key, entry)
    else {
      const { line, column } = first.key
      const message = `duplicate key, first given at line ${line}, column ${column}`
      this.#issues.add(entry.key, [...path, key], message)
    }
  }

  /** The merge key `<<`, of YAML 1.1, which the Collector reads too: an earlier map wins over a later one. */
  #inherit(value: Located, into: Map<string, Entry>, path: Path): void {
    const maps = value.kind === 'list' ? value.items : [value]
    for (const map of maps) {
      if (map.kind !== 'map') {
        this.#issues.add(map.place, [...path, '<<'], 'must be a map or a list of maps')
        continue
      }
      for (const [key, entry] of map.entries) if (!into.has(key)) into.set(key, entry)
    }
  }

  #keyOf(pair: Pair, path: Path): string | undefined {
    const key = isAlias(pair.key) ? this.#targets.get(pair.key) : pair.key
    if (isScalar(key) && key.value !== null) {
      const text = typeof key.value === 'string' ? key.value : (key.source ?? '')
      if (text !== '' && text !== '__proto__') return text
    }
    this.#issues.add(this.#placeOf(pair.key), path, 'a key must be a non-empty string')
    return undefined
  }

  #placeOf(node: unknown): Place {
    const hasRange = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    if (hasRange) return this.#placeAt(node.range?.[0] ?? 0)
    return isPair(node) ? this.#placeOf(node.key) : this.#placeAt(0)
  }
}

function scalarOf(node: unknown, place: Place): Located {
  const { value, type } = isScalar(node) ? node : ({ value: null } as Scalar)
  const isPlain = type === undefined || type === 'PLAIN'
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'scalar', place, value, isPlain }
  }
  return { kind: 'scalar', place, value: null, isPlain }
}
