/** The innermost container of a path, and where in the path it is. */
export interface PathContainer {
  readonly id: string
  /** Index of the part that names it. */
  readonly at: number
  /** Where the runtime has no ids: its name, which is the id too. */
  readonly name?: string
}

/**
 * Innermost first, so that of a container in a container the inner one is told.
 *
 * @param parts of the path of a control group
 */
export function findContainer(parts: readonly string[]): PathContainer | undefined {
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const found = readById(parts, at) ?? readByName(parts, at)
    if (found !== undefined) return { ...found, at }
  }
  return undefined
}

type Read = Omit<PathContainer, 'at'> | undefined

/**
 * Most runtimes name the directory by 64 hexadecimal digits, alone or behind their own name (`docker-`, `cri-containerd-`,
 * `crio-`, `libpod-`, and `:` where systemd's driver is fed to cgroupfs); ECS on Fargate has ids of its own.
 */
function readById(parts: readonly string[], at: number): Read {
  const part = parts[at] ?? ''
  const [, by = '', id] = /^(?:(.*)[-:])?([0-9a-f]{64})(?:\.scope|\.service)?$/s.exec(part) ?? []
  // conmon watches over a container, from outside.
  if (id !== undefined) return by.endsWith('conmon') ? undefined : { id }
  return parts.includes('ecs') && /^[0-9a-f]{32}-\d{6,12}$/.test(part) ? { id: part } : undefined
}

/** LXC and systemd-nspawn name the directory after the container. */
function readByName(parts: readonly string[], at: number): Read {
  const part = parts[at] ?? ''
  // systemd-nspawn itself is outside, in this.
  const isOutside = parts[at + 1] === 'supervisor'
  const name = nameOfLxc(part, parts[at - 1]) ?? (isOutside ? undefined : nameOfMachine(part))
  return name === undefined || name === '' ? undefined : { id: name, name }
}

/** `lxc.payload.NAME` or, of old, `lxc.payload/NAME` and `lxc/NAME`. */
function nameOfLxc(part: string, above: string | undefined): string | undefined {
  const [, name] = /^lxc\.payload\.(.+)$/s.exec(part) ?? []
  return name ?? (above === 'lxc' || above === 'lxc.payload' ? part : undefined)
}

/** A scope of systemd-machined may be a virtual machine's as well: libvirt says whose, with a number. */
function nameOfMachine(part: string): string | undefined {
  const [, escaped] =
    /^(?:machine-(.+)\.scope|systemd-nspawn@(.+)\.service)$/s
      .exec(part)
      ?.filter((one) => one !== undefined) ?? []
  if (escaped === undefined) return undefined
  const machine = unescapeUnit(escaped)
  const [, driver, name] = /^(qemu|lxc|xen)-\d+-(.+)$/s.exec(machine) ?? []
  if (driver === undefined) return machine
  return driver === 'lxc' ? name : undefined
}

function unescapeUnit(name: string): string {
  return name.replaceAll(/\\x([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

const uid =
  '[0-9a-f]{8}(?<by>[-_])[0-9a-f]{4}\\k<by>[0-9a-f]{4}\\k<by>[0-9a-f]{4}\\k<by>[0-9a-f]{12}'
/** systemd's driver makes a slice of it, with `_` for `-`. A static pod's uid is 32 digits of a digest. */
const podPart = new RegExp(`(?:^|-)pod(${uid}|[0-9a-f]{32})(?:\\.slice)?(?::|$)`)

/** @returns uid of the innermost pod of Kubernetes, spelt with `-` */
export function findPodUid(parts: readonly string[]): string | undefined {
  for (const part of parts.toReversed()) {
    const found = podPart.exec(part)?.[1]
    if (found !== undefined) return found.replaceAll('_', '-')
  }
  return undefined
}
