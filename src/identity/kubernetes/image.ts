/** An image's reference: `registry:5000/repository:tag@sha256:...`. */
export interface ImageReference {
  /** Without tag and digest. */
  readonly name: string
  readonly tag: string | undefined
}

/** @returns `undefined` for a digest without a name, as some runtimes tell */
export function parseImage(text: string): ImageReference | undefined {
  const [named = ''] = text.replace(/^[a-z-]+:\/\//, '').split('@')
  if (named === '' || /^sha256:[0-9a-f]+$/.test(named)) return undefined
  // The colon of a registry's port stands before a slash.
  const parts = /^(.+):([^:/]+)$/.exec(named)
  return { name: parts?.[1] ?? named, tag: parts?.[2] }
}
