import { findContainer, findPodUid } from './cgroup-container.ts'

/** What the control group of a process tells: its path, its container, its systemd unit. */
export interface CgroupFacts {
  /** Path in the hierarchy that told most; `/` is the root. */
  readonly path: string
  /** Path in the unified hierarchy, if the process is in it. */
  readonly unifiedPath?: string
  /** Id of the innermost container. */
  readonly containerId?: string
  /** Where the runtime has no ids (LXC, systemd-nspawn): its name, which is its id too. */
  readonly containerName?: string
  /** Of the innermost pod of Kubernetes, spelt with `-`. */
  readonly podUid?: string
  /** Innermost systemd unit, with its suffix: `nginx.service`. */
  readonly systemdUnit?: string
  /** Name for `service.name`, where the unit is a service that somebody named. */
  readonly unitService?: string
}

const maxLines = 64

/**
 * Reads `/proc/PID/cgroup`, of cgroup v1, v2 or both. The unified hierarchy is asked first, then systemd's own, then
 * the others; the first that names a container wins, else the first that names a pod, else a unit.
 */
export function parseCgroup(text: string): CgroupFacts {
  const lines = text
    .split('\n', maxLines)
    .map(splitLine)
    .filter((line) => line !== undefined)
  lines.sort((one, other) => one.rank - other.rank)
  const facts = lines.map((line) => describeCgroup(line.path))
  const best = facts.find((one) => one.containerId !== undefined) ??
    facts.find((one) => one.podUid !== undefined) ??
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
  const container = findContainer(parts)
  const podUid = findPodUid(parts)
  const unit = findUnit(parts, container?.at ?? -1)
  return {
    path,
    ...(container === undefined ? {} : { containerId: container.id }),
    ...(container?.name === undefined ? {} : { containerName: container.name }),
    ...(podUid === undefined ? {} : { podUid }),
    ...(unit === undefined ? {} : { systemdUnit: unit.name }),
    ...(unit?.service === undefined ? {} : { unitService: unit.service }),
  }
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
