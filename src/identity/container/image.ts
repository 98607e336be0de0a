/** A reference to an image, taken apart. */
export interface ImageName {
  /** Registry and repository; `undefined` if the reference is only an image's id. */
  readonly name: string | undefined
  readonly tags: readonly string[]
}

const maxLength = 1024
const unknown: ImageName = { name: undefined, tags: [] }
/** Whole, or as runtimes shorten it. */
const imageId = /^(?:sha256:[0-9a-f]{64}|[0-9a-f]{12,64})$/

/**
 * Reads `registry:5000/team/shop:1.2@sha256:...`. Without a tag and a digest it is `latest`, as runtimes take it. A digest is no
 * tag.
 */
export function readImage(reference: string): ImageName {
  if (reference === '' || reference.length > maxLength || imageId.test(reference)) return unknown
  const [named = '', digest] = reference.split('@', 2)
  const { name, tag } = splitTag(named)
  if (name === '') return unknown
  if (tag !== '') return { name, tags: [tag] }
  return { name, tags: digest === undefined ? ['latest'] : [] }
}

const ofRepository = /^([^@]+)@(sha256:[0-9a-f]{64})$/

/** @returns `registry:5000/team/shop@sha256:...`; `undefined` if the reference has no digest, or nothing but a digest */
export function readRepositoryDigest(reference: string): string | undefined {
  const [, named, digest] =
    (reference.length > maxLength ? null : ofRepository.exec(reference)) ?? []
  const name = named === undefined ? '' : splitTag(named).name
  return name === '' ? undefined : `${name}@${digest}`
}

/** A colon before the last slash is that of a registry's port. */
function splitTag(named: string): { name: string; tag: string } {
  const colon = named.lastIndexOf(':')
  if (colon <= named.lastIndexOf('/')) return { name: named, tag: '' }
  return { name: named.slice(0, colon), tag: named.slice(colon + 1) }
}
