import { readFileSync } from 'node:fs'

/** A right of capabilities(7) that the agent makes use of. */
export interface Capability {
  readonly name: string
  /** Its number in include/uapi/linux/capability.h. */
  readonly bit: number
  /** What the agent does with it. */
  readonly use: string
  /** What is missing without it. */
  readonly loss: string
  /** Whether the agent is meant to have it; the others are for special cases. */
  readonly isExpected: boolean
  /** `CAP_SYS_ADMIN` stands in for those that the kernel once cut out of it. */
  readonly isInSysAdmin?: boolean
}

/** All that the agent makes use of; docs/security.md has the same table, a test compares them. */
export const capabilities: readonly Capability[] = [
  {
    name: 'CAP_BPF',
    bit: 39,
    use: 'load BPF programs',
    loss: 'the source ebpf; `auto` uses inet_diag',
    isExpected: true,
    isInSysAdmin: true,
  },
  {
    name: 'CAP_PERFMON',
    bit: 38,
    use: 'let BPF programs read the kernel’s sockets',
    loss: 'the source ebpf; `auto` uses inet_diag',
    isExpected: true,
    isInSysAdmin: true,
  },
  {
    name: 'CAP_NET_ADMIN',
    bit: 12,
    use: 'see UDP sockets end, and read the connection tracking of the kernel',
    loss: 'UDP with the source ebpf, and both addresses of connections that NAT translates',
    isExpected: true,
  },
  {
    name: 'CAP_SYS_PTRACE',
    bit: 19,
    use: 'read what processes of other users are: OpenTelemetry environment, executable, open sockets',
    loss: 'the path of other users’ executables, their service names (newer kernels take CAP_PERFMON for these), and with inet_diag their connections’ processes',
    isExpected: true,
  },
  {
    name: 'CAP_DAC_READ_SEARCH',
    bit: 2,
    use: 'open files under /proc that only their owner may open',
    loss: 'the service names of other users’ processes, and with inet_diag their connections’ processes',
    isExpected: true,
  },
  {
    name: 'CAP_SYS_ADMIN',
    bit: 21,
    use: 'enter other network namespaces, for the source inet_diag and for NAT inside containers',
    loss: 'with inet_diag the connections of containers and of all other network namespaces; both addresses of what is translated inside a container (service meshes)',
    isExpected: false,
  },
]

/** The first user namespace has all ids: capabilities in another one do not count for BPF. */
const allIds = /^\s*0\s+0\s+4294967295\s*$/

/** The effective capabilities of this process, as bits. */
export function effectiveCapabilities(
  status: string = readFileSync('/proc/self/status', 'utf8'),
): bigint {
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
}

/** Those of the table that a set of bits lacks. */
export function lacking(effective: bigint): Set<Capability> {
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n
  const isAdmin = has(capabilities.find(({ name }) => name === 'CAP_SYS_ADMIN')?.bit ?? 0)
  return new Set(
    capabilities.filter(({ bit, isInSysAdmin = false }) => !has(bit) && !(isInSysAdmin && isAdmin)),
  )
}

/** Whether this process is in the machine's first user namespace. */
export function isInFirstUserNamespace(
  uidMap: string = readFileSync('/proc/self/uid_map', 'utf8'),
): boolean {
  return allIds.test(uidMap)
}
