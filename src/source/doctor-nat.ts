import type { Finding } from './finding.ts'
import { NatWatch } from './nat-watch.ts'

const name = 'address translation'

/** Whether the kernel's connection tracking can be read, for `peers.nat`. */
export async function inspectNat(): Promise<Finding> {
  const watch = new NatWatch({ isRequired: true })
  try {
    await watch.refresh()
    const { namespaces, size } = watch.health()
    const { remark } = watch
    if (remark === undefined) {
      const detail = `follows the connection tracking of ${namespaces} network namespaces; ${size} connections are translated now`
      return { name, isOk: true, detail }
    }
    // Without connection tracking nothing is translated, so nothing is missing.
    if (watch.isAbsent) return { name, isOk: true, detail: remark }
    return { name, isOk: false, detail: remark, fix: fixOf(remark) }
  } finally {
    watch.stop()
  }
}

function fixOf(remark: string): string {
  return remark.includes('nf_conntrack_events')
    ? 'sysctl -w net.netfilter.nf_conntrack_events=2'
    : 'grant CAP_NET_ADMIN; or set peers.nat.enabled to false'
}
