import { accessSync, constants, readFileSync, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { messageOf } from '../shared/errors.ts'
import { inetDiagAbsences } from './absences.ts'
import { EbpfSource } from './ebpf.ts'
import { InetDiagSource } from './inet-diag.ts'
import type { Sink } from './source.ts'

/** One thing that was looked at, for `nettracer doctor`. */
export interface Finding {
  readonly name: string
  readonly isOk: boolean
  readonly detail: string
  /** What to do, where something can be done. */
  readonly fix?: string
}

/** Bit numbers of include/uapi/linux/capability.h, and what each is needed for. */
const capabilities = [
  { name: 'CAP_BPF', bit: 39, need: 'load BPF programs' },
  { name: 'CAP_PERFMON', bit: 38, need: 'attach BPF programs to tracepoints' },
  { name: 'CAP_SYS_PTRACE', bit: 19, need: "read other processes' environments" },
  { name: 'CAP_DAC_READ_SEARCH', bit: 2, need: "read other users' files under /proc" },
] as const

const capSysAdmin = 21
/** BPF socket storage in tracing programs came with Linux 5.11, atomic operations that return with 5.12. */
const oldestKernel = [5, 12] as const
/** PROC_PID_INIT_INO of include/linux/proc_ns.h: the machine's first PID namespace. */
const hostPidNamespace = 'pid:[4026531836]'
const btfPath = '/sys/kernel/btf/vmlinux'

const ebpfName = 'source ebpf'
const netlinkRuns = 'reads the sockets of'
const ignore = (): void => {}
const deaf: Sink = {
  process: ignore,
  connection: ignore,
  listener: ignore,
  rejection: ignore,
}

/** Looks at all that the sources need, without leaving anything attached. */
export async function inspectSource(): Promise<Finding[]> {
  const ebpf = await inspectPrograms()
  const netlink = await inspectNetlink()
  return [
    inspectKernel(),
    inspectBtf(),
    ...inspectCapabilities(),
    inspectPidNamespace(),
    ...ebpf,
    netlink,
    ...chooseSource(ebpf, netlink),
  ]
}

function inspectKernel(): Finding {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10))
  const isOk = major > oldestKernel[0] || (major === oldestKernel[0] && minor >= oldestKernel[1])
  return {
    name: 'kernel',
    isOk,
    detail: `Linux ${release()}`,
    ...(isOk ? {} : { fix: `a kernel of ${oldestKernel.join('.')} or newer is needed` }),
  }
}

function inspectBtf(): Finding {
  try {
    accessSync(btfPath, constants.R_OK)
    return { name: 'BTF', isOk: true, detail: btfPath }
  } catch (thrown) {
    return {
      name: 'BTF',
      isOk: false,
      detail: messageOf(thrown),
      fix: 'a kernel built with CONFIG_DEBUG_INFO_BTF=y is needed',
    }
  }
}

function inspectCapabilities(): Finding[] {
  const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const effective = BigInt(`0x${hex}`)
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n
  return capabilities.map(({ name, bit, need }) => {
    const isOk = has(bit) || has(capSysAdmin)
    return {
      name,
      isOk,
      detail: `to ${need}`,
      ...(isOk ? {} : { fix: `run as root, or grant ${name}` }),
    }
  })
}

function inspectPidNamespace(): Finding {
  const own = readlinkSync('/proc/self/ns/pid')
  const isOk = own === hostPidNamespace
  return {
    name: 'PID namespace',
    isOk,
    detail: isOk
      ? 'the host’s'
      : `${own}, not the host's: connections of processes outside it have no owner`,
    ...(isOk ? {} : { fix: 'share the PID namespace of the host (hostPID: true, --pid=host)' }),
  }
}

async function inspectPrograms(): Promise<Finding[]> {
  const source = new EbpfSource()
  try {
    await source.start(deaf)
    return source.health().programs.map(({ name, attached, error, loss }) => ({
      name: `program ${name}`,
      isOk: attached,
      detail: attached
        ? 'loads and attaches'
        : `${error ?? 'not attached'}; lost without it: ${loss}`,
    }))
  } catch (thrown) {
    const fix = 'run as root on a kernel with BTF; docs/errors.md explains the codes'
    return [{ name: ebpfName, isOk: false, detail: messageOf(thrown), fix }]
  } finally {
    await source.stop()
  }
}

async function inspectNetlink(): Promise<Finding> {
  const source = new InetDiagSource()
  const name = 'source inet_diag'
  try {
    await source.start(deaf)
    const { namespaces = 0, namespacesLeftOut = 0 } = source.health().netlink ?? {}
    const detail = `${netlinkRuns} ${namespaces} network namespaces`
    if (namespacesLeftOut === 0) return { name, isOk: true, detail }
    const fix = 'run as root, or grant CAP_SYS_ADMIN and CAP_SYS_PTRACE'
    return { name, isOk: false, detail: `${detail}, not of ${namespacesLeftOut} others`, fix }
  } catch (thrown) {
    const fix = 'a kernel with CONFIG_INET_TCP_DIAG is needed, its module loaded'
    return { name, isOk: false, detail: messageOf(thrown), fix }
  } finally {
    await source.stop()
  }
}

/** What `source: auto` would use, and what is absent with it. */
function chooseSource(ebpf: readonly Finding[], netlink: Finding): Finding[] {
  if (!ebpf.some(({ name }) => name === ebpfName)) {
    return [{ name: 'source', isOk: true, detail: 'ebpf' }]
  }
  // Namespaces that may not be entered do not keep it from running.
  if (netlink.detail.startsWith(netlinkRuns)) {
    const absences = inetDiagAbsences.map(({ metrics, why, isWhole }) => ({
      name: isWhole ? 'absent' : 'less exact',
      isOk: true,
      detail: `${metrics.join(', ')}: ${why}`,
    }))
    return [...absences, { name: 'source', isOk: true, detail: 'inet_diag, as ebpf cannot run' }]
  }
  return [{ name: 'source', isOk: false, detail: 'none can run' }]
}
