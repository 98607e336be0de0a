/** What the control group of a process tells: its path, its container, its systemd unit. */
export interface CgroupFacts {
  /** Path in the hierarchy that told most; `/` is the root. */
  readonly path: string
  /** Path in the unified hierarchy, if the process is in it. */
  readonly unifiedPath?: string
  /** Id of the innermost container. */
  readonly containerId?: string
  /** Innermost systemd unit, with its suffix: `nginx.service`. */
  readonly systemdUnit?: string
  /** Name for `service.name`, where the unit is a service that somebody named. */
  readonly unitService?: string
}

const maxLines = 64

/**
 * Reads `/proc/PID/cgroup`, of cgroup v1, v2 or both. The unified hierarchy is asked first, then systemd's own, then
 * the others; the first that names a container wins, else the first that names a unit.
 */
export function parseCgroup(text: string): CgroupFacts {
  const lines = text
    .split('\n', maxLines)
    .map(splitLine)
    .filter((line) => line !== undefined)
  lines.sort((one, other) => one.rank - other.rank)
  const facts = lines.map((line) => describeCgroup(line.path))
  const best = facts.find((one) => one.containerId !== undefined) ??
    facts.find((one) => one.systemdUnit !== undefined) ??
    facts[0] ?? { path: '/' }
  const unified = lines.find((line) => line.rank === 0)
  return unified === undefined ? best : { ...best, unifiedPath: unified.path }
}

function splitLine(line: string): { rank: number; path: string } | undefined {
  const found = /^(\d+):([^:]*):(\/.*)$/s.exec(line)
  if (found === null) return undefined
  const [, hierarchy, controllers = '', path = '/'] = found
  if (hierarchy === '0' && controllers === '') return { rank: 0, path }
  return { rank: controllers === 'name=systemd' ? 1 : 2, path }
}

/** Reads one path of a control group. */
export function describeCgroup(path: string): CgroupFacts {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  const { containerId, at } = findContainer(parts)
  const unit = findUnit(parts, at)
  return {
    path,
    ...(containerId === undefined ? {} : { containerId }),
    ...(unit === undefined ? {} : { systemdUnit: unit.name }),
    ...(unit?.service === undefined ? {} : { unitService: unit.service }),
  }
}

/**
 * Innermost first, so that of a container in a container the inner one is told. All runtimes name the directory by
 * 64 hexadecimal digits, alone or behind their own name (`docker-`, `cri-containerd-`, `crio-`, `libpod-`, and `:`
 * where systemd's driver is fed to cgroupfs), but for ECS on Fargate.
 */
function findContainer(parts: readonly string[]): { containerId?: string; at: number } {
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const part = parts[at] ?? ''
    const [, by = '', id] = /^(?:(.*)[-:])?([0-9a-f]{64})(?:\.scope|\.service)?$/s.exec(part) ?? []
    // conmon watches over a container, from outside.
    if (id !== undefined && by.endsWith('conmon')) return { at: -1 }
    if (id !== undefined) return { containerId: id, at }
    if (parts.includes('ecs') && /^[0-9a-f]{32}-\d{6,12}$/.test(part)) {
      return { containerId: part, at }
    }
  }
  return { at: -1 }
}

/**
 * A unit counts if it is inside the container (systemd runs there), or if it is what podman's Quadlet runs the
 * container as. A unit further out is the container runtime's own.
 */
function findUnit(parts: readonly string[], container: number): Unit | undefined {
  for (let at = parts.length - 1; at > container; at -= 1) {
    const unit = readUnit(parts[at] ?? '')
    if (unit !== 'none') return unit === 'hidden' ? undefined : unit
  }
  if (!parts[container]?.startsWith('libpod-payload-')) return undefined
  const unit = readUnit(parts[container - 1] ?? '')
  return typeof unit === 'string' ? undefined : unit
}

interface Unit {
  readonly name: string
  readonly service?: string
}

/** @returns `none`: no unit, look further out; `hidden`: a login session or a manager, which says nothing of a service */
function readUnit(part: string): Unit | 'none' | 'hidden' {
  // systemd puts `_` before a name that the kernel would take for a file of its own.
  const name = part.startsWith('_') ? part.slice(1) : part
  if (!/^.+\.(service|scope|socket|mount|swap)$/s.test(name)) return 'none'
  if (name === 'init.scope' || /^(session-.+\.scope|user@\d+\.service)$/s.test(name)) {
    return 'hidden'
  }
  // `systemd-run` without a name: the unit is as short-lived as its command.
  const isNamed = name.endsWith('.service') && !/^run-[pru][0-9a-fi-]+\.service$/.test(name)
  return isNamed ? { name, service: name.slice(0, -'.service'.length) } : { name }
}
