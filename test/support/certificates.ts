import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: Buffer
  readonly key: Buffer
}

/** A certificate authority in a temporary folder. */
export class TestAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'nettracer-ca-'))
  readonly caFile = join(this.folder, 'ca.pem')

  constructor() {
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')(
      '-keyout',
      join(this.folder, 'ca.key'),
      '-out',
      this.caFile,
      '-subj',
      '/CN=test authority',
      '-days',
      '2',
    )
  }

  get ca(): Buffer {
    return readFileSync(this.caFile)
  }

  /** @param names e.g. `DNS:localhost,IP:127.0.0.1` */
  issue(name: string, names: string): Certificate {
    const path = (ending: string) => join(this.folder, `${name}.${ending}`)
    writeFileSync(path('ext'), `subjectAltName=${names}\n`)
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')(
      '-keyout',
      path('key'),
      '-out',
      path('csr'),
      '-subj',
      `/CN=${name}`,
    )
    openssl('x509', '-req', '-CA', this.caFile, '-CAkey', join(this.folder, 'ca.key'))(
      '-CAcreateserial',
      '-in',
      path('csr'),
      '-out',
      path('pem'),
      '-days',
      '2',
      '-extfile',
      path('ext'),
    )
    return {
      certFile: path('pem'),
      keyFile: path('key'),
      cert: readFileSync(path('pem')),
      key: readFileSync(path('key')),
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function openssl(...first: string[]) {
  return (...more: string[]) => execFileSync('openssl', [...first, ...more], { stdio: 'pipe' })
}
