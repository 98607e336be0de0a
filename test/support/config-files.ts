import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Files in a directory of their own, which goes when the test ends. */
export class ConfigFiles implements Disposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'nettracer-config-'))

  /** @returns the path */
  write(name: string, content: string | Uint8Array): string {
    mkdirSync(this.directory, { recursive: true })
    const path = join(this.directory, name)
    writeFileSync(path, content)
    return path
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  /** A message as it would be with relative paths. */
  relative(text: string): string {
    return text.replaceAll(`${this.directory}/`, '')
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
