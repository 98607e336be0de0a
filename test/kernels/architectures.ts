/** A processor architecture by Debian's name. */
export type Architecture = 'amd64' | 'arm64'

/** How a guest of an architecture is emulated, without the processor's own virtualisation. */
export interface Emulation {
  readonly emulator: string
  readonly arguments: readonly string[]
  /** The serial line that the kernel writes to. */
  readonly console: string
  /** The second one, for the report alone. */
  readonly report: string
}

export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

export const emulations: Readonly<Record<Architecture, Emulation>> = {
  amd64: {
    emulator: 'qemu-system-x86_64',
    // Without wide vectors, which cost more to emulate than they save.
    arguments: ['-M', 'q35', '-cpu', 'Nehalem', '-serial', 'stdio', '-serial', 'chardev:report'],
    console: 'ttyS0',
    report: 'ttyS1',
  },
  arm64: {
    emulator: 'qemu-system-aarch64',
    // Its own second serial line is not for the kernel.
    arguments: [
      ...['-M', 'virt', '-cpu', 'cortex-a72', '-serial', 'stdio'],
      ...['-device', 'pci-serial,chardev=report'],
    ],
    console: 'ttyAMA0',
    report: 'ttyS0',
  },
}
