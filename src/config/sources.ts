import type { Issues, Place } from './issue.ts'
import { type Entry, emptyMap, type Located, type LocatedMap } from './located.ts'
import { parseYaml } from './parse.ts'
import { maxFileBytes, readTextFile } from './read.ts'
import type { Environment } from './substitute.ts'

/**
 * Where configuration is written: a path of a file, `file:PATH`, `env:VAR` (a variable holding YAML), `yaml:TEXT`
 * (`::` in a key stands for nesting), or what the program itself has read.
 */
export type ConfigSource = string | LocatedMap

/** Reads one source. @returns `undefined` if it has errors, which are then in `issues` */
export function readSource(
  source: ConfigSource,
  env: Environment,
  issues: Issues,
): LocatedMap | undefined {
  if (typeof source !== 'string') return source
  if (source.startsWith('yaml:')) {
    const inline = readText(source.slice(5), 'inline', issues)
    return inline && unfold(inline)
  }
  if (source.startsWith('env:')) return readVariable(source.slice(4), env, issues)
  const file = source.startsWith('file:') ? source.slice(5) : source
  issues.files.add(file)
  const read = readTextFile(file)
  if ('text' in read) return readText(read.text, file, issues)
  issues.addUnreadable(start(file), [], `file ${read.problem}`)
  return undefined
}

function readVariable(name: string, env: Environment, issues: Issues): LocatedMap | undefined {
  const text = Object.hasOwn(env, name) ? env[name] : undefined
  if (text !== undefined && text.length <= maxFileBytes)
    return readText(text, `env:${name}`, issues)
  issues.addUnreadable(start(`env:${name}`), [], `environment variable ${name} is not set`)
  return undefined
}

function readText(text: string, file: string, issues: Issues): LocatedMap | undefined {
  const value = parseYaml(text, file, issues)
  if (value === undefined || value.kind === 'map') return value
  if (value.kind === 'scalar' && value.value === null) return emptyMap(value.place)
  issues.add(value.place, [], `must be a map of receivers, exporters, service, not a ${value.kind}`)
  return undefined
}

function start(file: string): Place {
  return { file, line: 1, column: 1 }
}

/** `a::b: 1` as `a: { b: 1 }`. */
function unfold(map: LocatedMap): LocatedMap {
  const entries = new Map<string, Entry>()
  for (const [name, entry] of map.entries) {
    const [first = name, ...rest] = name.split('::')
    const value = rest.reduceRight<Located>(
      (inner, key) => ({
        kind: 'map',
        place: entry.key,
        entries: new Map([[key, { key: entry.key, value: inner }]]),
      }),
      entry.value,
    )
    entries.set(first, { key: entry.key, value })
  }
  return { ...map, entries }
}
