import { Buffer } from 'node:buffer'

const folderMode = 0o040755
const fileMode = 0o100000

/** An archive of the kind that the kernel unpacks as its first file system: cpio, format `newc`. */
export class Cpio {
  readonly #parts: Buffer[] = []
  readonly #folders = new Set<string>()
  #inode = 0

  /** Makes the folders that it stands in as well. */
  file(path: string, content: Buffer | string, permissions = 0o644): void {
    this.#foldersOf(path)
    this.#add(path, fileMode | permissions, Buffer.from(content))
  }

  folder(path: string): void {
    this.#foldersOf(`${path}/`)
  }

  /** The archive; nothing can be added to it any more. */
  finish(): readonly Buffer[] {
    this.#add('TRAILER!!!', 0, Buffer.alloc(0))
    return this.#parts
  }

  #foldersOf(path: string): void {
    const names = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= names.length; depth += 1) {
      const folder = names.slice(0, depth).join('/')
      if (folder === '' || this.#folders.has(folder)) continue
      this.#folders.add(folder)
      this.#add(folder, folderMode, Buffer.alloc(0))
    }
  }

  #add(path: string, mode: number, content: Buffer): void {
    const name = `${path.replace(/^\//, '')}\0`
    this.#inode += 1
    // inode, mode, uid, gid, links, mtime, size, device and its target (major, minor each), name's size, checksum
    const fields = [this.#inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0]
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}`
    this.#parts.push(Buffer.from(head), padding(head.length), content, padding(content.length))
  }
}

/** What brings a length to a multiple of four. */
function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
