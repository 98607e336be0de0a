// What the machine must be before anything can be installed or run. Each fault is one line: what is
// missing and what to do.

import { existsSync, readFileSync } from 'node:fs'

/** A fault whose message is all that the user needs: printed as one line, without a stack. */
export class Refusal extends Error {}

/** @param {{ platform?: string, arch?: string }} [machine] */
export function requireLinux(machine = { platform: process.platform, arch: process.arch }) {
  if (machine.platform !== 'linux') throw new Refusal(`needs Linux, this is ${machine.platform}`)
  if (machine.arch !== 'x64' && machine.arch !== 'arm64') {
    throw new Refusal(`needs an x86-64 or arm64 processor, this is ${machine.arch}`)
  }
}

/**
 * For tests, which make network namespaces, users and mounts.
 * @param {string} command what the user typed, to repeat it with sudo
 * @param {number} [uid]
 */
export function requireRoot(command, uid = process.getuid?.()) {
  if (uid !== 0) throw new Refusal(`needs root: run sudo ${command}`)
}

/** What loading BPF takes: numbers of include/uapi/linux/capability.h. */
const forBpf = { CAP_BPF: 39n, CAP_PERFMON: 38n }
const capSysAdmin = 21n
/** Commands of nettracer that load nothing into the kernel, and one that reports what the kernel lacks. */
const commandsWithoutKernel = new Set(['validate', 'components', 'print-config', 'doctor'])

/**
 * Why BPF cannot be used here, by what this process may do, whoever runs it. The agent runs all the same, over netlink.
 * @param {readonly string[]} args of nettracer
 * @param {{ status?: string, typesOfKernel?: string }} [machine] `/proc/self/status`, and the file of the kernel's type
 * information (BTF)
 * @returns {string | undefined}
 */
export function remarkOnBpf(args, machine = {}) {
  if (args.some((arg) => commandsWithoutKernel.has(arg) || arg === '--help' || arg === '--version'))
    return undefined
  const { typesOfKernel = '/sys/kernel/btf/vmlinux' } = machine
  const lacks = lackingForBpf(machine.status ?? readFileSync('/proc/self/status', 'utf8'))
  if (lacks.length > 0) {
    return `without ${lacks.join(' and ')} the source is inet_diag, which tells less (docs/sources.md): run sudo npm start for all`
  }
  if (existsSync(typesOfKernel)) return undefined
  return `without ${typesOfKernel} the source is inet_diag, which tells less (docs/sources.md): boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 12's and Ubuntu 24.04's are) for all`
}

/** @param {string} status */
function lackingForBpf(status) {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  /** @param {bigint} bit */
  const has = (bit) => ((effective >> bit) & 1n) === 1n
  const missing = Object.entries(forBpf).filter(([, bit]) => !has(bit) && !has(capSysAdmin))
  return missing.map(([name]) => name)
}
