import type { ContainerFacts } from './directory.ts'
import { readImage } from './image.ts'
import type { LabelChoice } from './labels.ts'

/** What a runtime told, as it told it. */
export interface ToldContainer {
  readonly id: unknown
  readonly name: unknown
  /** Reference that the container was made from. */
  readonly image: unknown
  readonly labels: Iterable<readonly [string, unknown]>
}

const maxName = 256

/** @returns `undefined` if it has no id that a control group could have */
export function factsOf(
  { id, name, image, labels }: ToldContainer,
  runtime: string,
  choice: LabelChoice,
): ContainerFacts | undefined {
  if (typeof id !== 'string' || !/^[0-9a-zA-Z][\w.-]{0,127}$/.test(id)) return undefined
  const read = readImage(typeof image === 'string' ? image : '')
  return {
    id,
    name: isName(name) ? name.replace(/^\//, '').toWellFormed() : undefined,
    imageName: read.name?.toWellFormed(),
    imageTags: read.tags.map((tag) => tag.toWellFormed()),
    runtime,
    ...choice.choose(labels),
  }
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name !== '/' && name.length <= maxName
}
