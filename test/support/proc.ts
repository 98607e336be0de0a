import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Of `/proc/net/netstat`. */
export const synCookiesPage = (
  sent: number,
  received: number,
  failed: number,
) => `TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts
TcpExt: ${sent} ${received} ${failed} 9
IpExt: InNoRoutes
IpExt: 0
`

/** A /proc of the test's own, with the namespace and the SYN cookies of each process. */
export function proc() {
  const root = mkdtempSync(join(tmpdir(), 'nettracer-proc-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const remove = (process: string) => rmSync(join(root, process), { recursive: true, force: true })
  const add = (process: string, netns: number, ...counts: [number, number, number]) => {
    remove(process)
    mkdirSync(join(root, process, 'ns'), { recursive: true })
    mkdirSync(join(root, process, 'net'))
    symlinkSync(`net:[${netns}]`, join(root, process, 'ns/net'))
    writeFileSync(join(root, process, 'net/netstat'), synCookiesPage(...counts))
  }
  return { root, add, remove }
}
