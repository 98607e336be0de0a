import { Issues as IssueList, type Issues, type Path, type Place } from './issue.ts'
import type { Entry, Located, LocatedMap, LocatedScalar } from './located.ts'
import { parseYaml } from './parse.ts'
import { readTextFile } from './read.ts'

/** Characters that all substitutions together may bring in. */
const maxSubstituted = 8 * 1024 * 1024

export type Environment = Readonly<Record<string, string | undefined>>

interface Text {
  readonly text: string
  /** What to call it in a place, when it is a file that may hold more than a scalar. */
  readonly file?: string
}

/**
 * Replaces `${env:VAR}`, `${env:VAR:-default}`, `${VAR}`, `${file:path}` and `$$` in values, never in keys. What comes
 * in is not searched again.
 *
 * A value without quotes that is one substitution and nothing else is read as YAML, so that a number is a number; in
 * quotes, or with text around, it is a string.
 */
export function substitute(root: LocatedMap, env: Environment, issues: Issues): LocatedMap {
  return new Substitution(env, issues).applyToMap(root, [])
}

class Substitution {
  readonly #env: Environment
  readonly #issues: Issues
  #room = maxSubstituted

  constructor(env: Environment, issues: Issues) {
    this.#env = env
    this.#issues = issues
  }

  applyToMap(map: LocatedMap, path: Path): LocatedMap {
    const entries = new Map<string, Entry>()
    for (const [name, { key, value }] of map.entries) {
      entries.set(name, { key, value: this.apply(value, [...path, name]) })
    }
    return { ...map, entries }
  }

  apply(value: Located, path: Path): Located {
    if (value.kind === 'map') return this.applyToMap(value, path)
    if (value.kind === 'list') {
      return { ...value, items: value.items.map((item, at) => this.apply(item, [...path, at])) }
    }
    if (typeof value.value !== 'string' || !value.value.includes('$')) return value
    return this.#expand(value, value.value, path)
  }

  #expand(scalar: LocatedScalar, text: string, path: Path): Located {
    let result = ''
    let hasSubstitution = false
    let at = 0
    for (const found of text.matchAll(/\$\$|\$\{([^}]*)(\}?)/g)) {
      result += text.slice(at, found.index)
      at = found.index + found[0].length
      if (found[0] === '$$') {
        result += '$'
        continue
      }
      const problem = found[2] === '' ? 'a ${ is not closed by }; write $$ for a dollar sign' : ''
      const got = this.#resolve(found[1] ?? '', problem, scalar.place, path)
      if (got === undefined) {
        this.#issues.settle(scalar.place)
        return scalar
      }
      if (scalar.isPlain && found[0] === text) return readAgain(got, scalar)
      result += withoutLastNewline(got.text)
      hasSubstitution = true
    }
    result += text.slice(at)
    const value = { ...scalar, value: result }
    return hasSubstitution ? { ...value, substituted: result } : value
  }

  /** Counts what comes in, so that a small file that names a large one many times stays small. */
  #resolve(reference: string, problem: string, place: Place, path: Path): Text | undefined {
    const got = problem === '' ? this.#find(reference, place, path) : problem
    const isTooMuch = typeof got === 'object' && got.text.length > this.#room
    const message = isTooMuch
      ? `substitutions bring in more than ${maxSubstituted} characters`
      : got
    if (typeof message === 'string') this.#issues.add(place, path, message)
    if (typeof got !== 'object' || isTooMuch) return undefined
    this.#room -= got.text.length
    return got
  }

  /** @returns what is wrong, if it is a string; `undefined` if that has been told */
  #find(reference: string, place: Place, path: Path): Text | string | undefined {
    if (reference.startsWith('file:')) return this.#file(reference.slice(5), place, path)
    const [, scheme, rest] = /^([a-z]+):(?!-)(.*)$/s.exec(reference) ?? []
    if (scheme !== undefined && scheme !== 'env') {
      const known = 'known are ${env:VAR}, ${env:VAR:-default}, ${VAR} and ${file:PATH}'
      return `unknown substitution \${${scheme}:...}, ${known}`
    }
    return this.#variable(rest ?? reference)
  }

  #variable(reference: string): Text | string {
    const split = reference.indexOf(':-')
    const name = split < 0 ? reference : reference.slice(0, split)
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      const rule = 'it has letters, digits and _, and does not begin with a digit'
      return `${JSON.stringify(name)} is not the name of a variable: ${rule}`
    }
    const value = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined
    if (split >= 0) return { text: value || reference.slice(split + 2) }
    if (value !== undefined) return { text: value }
    return `environment variable ${name} is not set: set it, or write \${env:${name}:-DEFAULT}`
  }

  #file(file: string, place: Place, path: Path): Text | undefined {
    this.#issues.files.add(file)
    const read = readTextFile(file)
    if ('text' in read) return { text: read.text, file }
    this.#issues.addUnreadable(place, path, `file ${JSON.stringify(file)} ${read.problem}`)
    return undefined
  }
}

/** Values of variables have no place of their own: they stand where they are used. What is no YAML is a string. */
function readAgain({ text, file }: Text, scalar: LocatedScalar): Located {
  const substituted = withoutLastNewline(text)
  const ignored = new IssueList()
  const read = parseYaml(text, file ?? scalar.place.file, ignored)
  if (text.trim() === '') return { ...scalar, value: null, substituted }
  if (read === undefined || ignored.errors.length > 0 || isText(read)) {
    return { ...scalar, value: substituted, substituted }
  }
  return { ...(file === undefined ? placedAt(read, scalar.place) : read), substituted }
}

function isText(value: Located): boolean {
  return value.kind === 'scalar' && typeof value.value === 'string' && value.isPlain
}

function placedAt(value: Located, place: Place): Located {
  if (value.kind === 'scalar') return { ...value, place }
  if (value.kind === 'list') {
    return { ...value, place, items: value.items.map((item) => placedAt(item, place)) }
  }
  const entries = new Map<string, Entry>()
  for (const [name, entry] of value.entries) {
    entries.set(name, { key: place, value: placedAt(entry.value, place) })
  }
  return { ...value, place, entries }
}

/** A file that holds a token ends with a line break that the token does not have. */
function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, '')
}
