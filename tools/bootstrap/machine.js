// What the machine must be before anything can be installed or run. Each fault is one line: what is
// missing and what to do.

import { existsSync } from 'node:fs'

/** A fault whose message is all that the user needs: printed as one line, without a stack. */
export class Refusal extends Error {}

/**
 * @param {string} command what the user typed, to repeat it with sudo
 * @param {{ platform?: string, uid?: number | undefined, arch?: string }} [machine]
 */
export function requireRoot(
  command,
  machine = { platform: process.platform, uid: process.getuid?.(), arch: process.arch },
) {
  if (machine.platform !== 'linux') throw new Refusal(`needs Linux, this is ${machine.platform}`)
  if (machine.arch !== 'x64' && machine.arch !== 'arm64') {
    throw new Refusal(`needs an x86-64 or arm64 processor, this is ${machine.arch}`)
  }
  if (machine.uid !== 0) throw new Refusal(`needs root to load BPF: run sudo ${command}`)
}

/** Commands of nettracer that load nothing into the kernel, and one that reports what the kernel lacks. */
const commandsWithoutKernel = new Set(['validate', 'components', 'print-config', 'doctor'])

/**
 * @param {readonly string[]} args of nettracer
 * @param {string} [typesOfKernel] the kernel's type information (BTF)
 */
export function requireKernelTypes(args, typesOfKernel = '/sys/kernel/btf/vmlinux') {
  if (args.some((arg) => commandsWithoutKernel.has(arg) || arg === '--help' || arg === '--version'))
    return
  if (existsSync(typesOfKernel)) return
  throw new Refusal(
    `needs a kernel with type information: ${typesOfKernel} is missing; boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 12's and Ubuntu 24.04's are)`,
  )
}
