import type { ContainerFacts } from './directory.ts'
import { readImage, readRepositoryDigest } from './image.ts'
import type { LabelChoice } from './labels.ts'

/** What a runtime told, as it told it. */
export interface ToldContainer {
  readonly id: unknown
  readonly name: unknown
  /** Reference that the container was made from. */
  readonly image: unknown
  /** What the runtime resolved that to. */
  readonly imageRef?: unknown
  readonly labels: Iterable<readonly [string, unknown]>
}

const maxName = 256

/** @returns `undefined` if it has no id that a control group could have */
export function factsOf(
  { id, name, image, imageRef, labels }: ToldContainer,
  runtime: string,
  choice: LabelChoice,
): ContainerFacts | undefined {
  if (typeof id !== 'string' || !/^[0-9a-zA-Z][\w.-]{0,127}$/.test(id)) return undefined
  const read = readImage(typeof image === 'string' ? image : '')
  const digests = digestsOf([image, imageRef])
  return {
    id,
    name: isName(name) ? name.replace(/^\//, '').toWellFormed() : undefined,
    imageName: read.name?.toWellFormed(),
    imageTags: read.tags.map((tag) => tag.toWellFormed()),
    ...(digests.length > 0 && { imageDigests: digests }),
    runtime,
    ...choice.choose(labels),
  }
}

function digestsOf(references: readonly unknown[]): string[] {
  const digests = references.map((one) =>
    typeof one === 'string' ? readRepositoryDigest(one)?.toWellFormed() : undefined,
  )
  return [...new Set(digests.filter((one) => one !== undefined))]
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name !== '/' && name.length <= maxName
}
