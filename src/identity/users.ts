import { statSync } from 'node:fs'
import type { BoundedFiles } from './files.ts'

const passwdBytes = 256 * 1024

/** User names of the host, from `/etc/passwd`; read again when the file changes. */
export class Users {
  readonly #files: BoundedFiles
  readonly #path: string
  #names: ReadonlyMap<number, string> = new Map()
  #version = ''

  constructor(files: BoundedFiles, etcRoot: string) {
    this.#files = files
    this.#path = `${etcRoot}/passwd`
  }

  /** @returns the name, or the number where there is none */
  nameOf(uid: number): string {
    this.#reload()
    return this.#names.get(uid) ?? String(uid)
  }

  #reload(): void {
    const version = versionOf(this.#path)
    if (version === this.#version) return
    this.#version = version
    this.#names = parsePasswd(this.#files.text(this.#path, passwdBytes) ?? '')
  }
}

function versionOf(path: string): string {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false })
    return file === undefined ? 'none' : `${file.ino} ${file.size} ${file.mtimeNs}`
  } catch {
    return 'none'
  }
}

/** Reads lines of `name:x:uid:...`; of two names for one number the first counts, as in the C library. */
export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name = '', , uid = ''] = line.split(':', 3)
    if (name === '' || name.length > 256 || !/^\d{1,10}$/.test(uid)) continue
    if (!names.has(Number(uid))) names.set(Number(uid), name)
  }
  return names
}
