import { accessSync, constants, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { messageOf } from '../shared/errors.ts'
import { inetDiagAbsences } from './absences.ts'
import {
  capabilities,
  effectiveCapabilities,
  isInFirstUserNamespace,
  lacking,
} from './capabilities.ts'
import { inspectNat } from './doctor-nat.ts'
import { EbpfSource } from './ebpf.ts'
import type { Finding } from './finding.ts'
import { InetDiagSource } from './inet-diag.ts'
import { answerProgram } from './programs.ts'
import type { Sink } from './source.ts'

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
    inspectUserNamespace(),
    inspectPidNamespace(),
    ...ebpf,
    inspectNames(ebpf),
    netlink,
    await inspectNat(),
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
  const lacks = lacking(effectiveCapabilities())
  return capabilities.map((capability) => {
    const { name, use, loss, isExpected } = capability
    if (!lacks.has(capability)) return { name, isOk: true, detail: `have: to ${use}` }
    const detail = `lack: to ${use}; lost without it: ${loss}`
    if (!isExpected) return { name, isOk: true, detail }
    return { name, isOk: false, detail, fix: `grant ${name}, or run as root` }
  })
}

function inspectUserNamespace(): Finding {
  const isOk = isInFirstUserNamespace()
  return {
    name: 'user namespace',
    isOk,
    detail: isOk
      ? 'the machine’s first'
      : 'not the machine’s first, so that capabilities do not count for BPF and for other users’ processes',
    ...(isOk ? {} : { fix: 'run without a user namespace (rootful, no userns-remap)' }),
  }
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
    const fix =
      'grant CAP_BPF and CAP_PERFMON, or run as root, on a kernel with BTF; docs/errors.md explains the codes'
    return [{ name: ebpfName, isOk: false, detail: messageOf(thrown), fix }]
  } finally {
    await source.stop()
  }
}

/** By what the program said that reads answers of DNS. */
function inspectNames(ebpf: readonly Finding[]): Finding {
  const isOk = ebpf.some(({ name, isOk }) => isOk && name === `program ${answerProgram}`)
  return {
    name: 'names from DNS',
    isOk,
    detail: isOk
      ? 'from answers over UDP, out of the buffers of the processes that read them'
      : `none without the program ${answerProgram}: peers keep their addresses`,
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
    const fix = 'grant CAP_SYS_ADMIN and CAP_SYS_PTRACE, or run as root'
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
