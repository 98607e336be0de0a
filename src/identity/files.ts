import { Buffer } from 'node:buffer'
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'

const scratchBytes = 256 * 1024

/**
 * Reads small kernel files, bounded, through one buffer that is wiped after each use: what is not
 * picked out of another process's environment does not stay in our memory.
 *
 * A file that is not there is no failure: processes come and go.
 */
export class BoundedFiles {
  readonly #scratch = Buffer.alloc(scratchBytes)
  #failures = 0
  #truncations = 0
  #lastFailure = ''

  /** Reads refused for another reason than that the file or its process is gone. */
  get failures(): number {
    return this.#failures
  }

  /** The last such reason, as the system call's error code. */
  get lastFailure(): string {
    return this.#lastFailure
  }

  /** Files that were longer than what was read of them. */
  get truncations(): number {
    return this.#truncations
  }

  /**
   * @param limit most bytes to read, at most 256 KiB
   * @param use takes the bytes; they are wiped when it returns, and it must not read another file
   * @returns what `use` returned, or `undefined` if the file cannot be read
   */
  read<T>(path: string, limit: number, use: (bytes: Buffer) => T): T | undefined {
    return this.#use(this.#fill(path, Math.min(limit, scratchBytes), true), use)
  }

  /** The same for a file that the kernel hands out line by line (`mountinfo`): a short read is not its end. */
  lines(path: string, limit: number): string | undefined {
    const length = this.#fill(path, Math.min(limit, scratchBytes), false)
    return this.#use(length, (bytes) => bytes.toString('utf8'))
  }

  #use<T>(length: number | undefined, use: (bytes: Buffer) => T): T | undefined {
    if (length === undefined) return undefined
    try {
      return use(this.#scratch.subarray(0, length))
    } finally {
      this.#scratch.fill(0, 0, length)
    }
  }

  /** @returns the file as text, with U+FFFD for what is not UTF-8; `undefined` if it cannot be read */
  text(path: string, limit: number): string | undefined {
    return this.read(path, limit, (bytes) => bytes.toString('utf8'))
  }

  /** @returns the target of a symbolic link, as bytes */
  link(path: string): Buffer | undefined {
    try {
      return readlinkSync(path, { encoding: 'buffer' })
    } catch (error) {
      this.note(error)
      return undefined
    }
  }

  /** Counts an error of a system call, unless it only says that a file or a process is gone. */
  note(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return
    this.#failures += 1
    this.#lastFailure = code
  }

  #fill(path: string, limit: number, endsShort: boolean): number | undefined {
    let file: number | undefined
    try {
      file = openSync(path, 'r')
      let length = 0
      while (length < limit) {
        const wanted = limit - length
        const got = readSync(file, this.#scratch, length, wanted, null)
        length += got
        if (got === 0 || (endsShort && got < wanted)) return length
      }
      this.#truncations += 1
      return length
    } catch (error) {
      this.note(error)
      return undefined
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }
}
