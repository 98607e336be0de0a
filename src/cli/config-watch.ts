import { statSync } from 'node:fs'

/** Looks at files again and again, and says when one has changed. */
export class ConfigWatch {
  readonly #onChange: () => void
  #files: readonly string[] = []
  #seen = ''
  #timer: NodeJS.Timeout | undefined

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Files as they are now count as seen. @param intervalMs `undefined` to look no more */
  watch(files: Iterable<string>, intervalMs: number | undefined): void {
    clearInterval(this.#timer)
    this.#files = [...files]
    this.#seen = fingerprint(this.#files)
    if (intervalMs !== undefined) this.#timer = setInterval(() => this.#look(), intervalMs).unref()
  }

  #look(): void {
    const found = fingerprint(this.#files)
    if (found === this.#seen) return
    this.#seen = found
    this.#onChange()
  }
}

/** Follows links, so that a mounted ConfigMap that is switched to another version is seen. */
function fingerprint(files: readonly string[]): string {
  return JSON.stringify(
    files.map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
      return stat && [stat.dev, stat.ino, stat.size, stat.mtimeNs].map(String)
    }),
  )
}
