import type { ToldContainer } from './facts.ts'

export interface DockerEvent extends ToldContainer {
  readonly action: string
}

/** `/version`. */
export function readVersion(body: unknown): string {
  const { Version: version } = fieldsOf(body)
  return typeof version === 'string' ? version.slice(0, 64) : 'of unknown version'
}

/** `/containers/json`. */
export function* readListed(body: unknown): Generator<ToldContainer> {
  for (const one of listOf(body)) {
    const { Id: id, Names: names, Image: image, Labels: labels } = fieldsOf(one)
    // The others are names that containers linked to it have for it: `/web/db`.
    const name = listOf(names).find((each) => typeof each === 'string' && !/.\//.test(each))
    yield { id, name, image, labels: Object.entries(fieldsOf(labels)) }
  }
}

/** `/containers/ID/json`: what it was made from. */
export function readInspected(body: unknown): unknown {
  return fieldsOf(fieldsOf(body)['Config'])['Image']
}

/** One line of `/events`. @returns `undefined` if it is none of a container */
export function readEvent(line: string): DockerEvent | undefined {
  const { Type: type, Action: action, Actor: actor } = fieldsOf(parse(line))
  if (type !== 'container' || typeof action !== 'string') return undefined
  const { ID: id, Attributes: attributes } = fieldsOf(actor)
  const { name, image, ...labels } = fieldsOf(attributes)
  return { action, id, name, image, labels: Object.entries(labels) }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
