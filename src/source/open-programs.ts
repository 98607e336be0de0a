import { release } from 'node:os'
import type { LoadedProgram, Tracer } from './addon.ts'
import { findCgroupRoot } from './cgroup-root.ts'
import { datagramPrograms, fallbacks, programLosses, unneededFallbacks } from './programs.ts'
import type { ProgramState } from './source.ts'

export interface OpenSettings {
  readonly path: string
  readonly ringBytes?: number | undefined
  /** Programs not to load. */
  readonly leaveOut: readonly string[]
  /** Programs that nobody asked for: not loaded, and not missed. */
  readonly unwanted: readonly string[]
}

/** Loads and attaches. Those of UDP only together. @returns how it went with each that is wanted */
export function openPrograms(tracer: Tracer, settings: OpenSettings): ProgramState[] {
  const { leaveOut } = settings
  const unwanted = [...settings.unwanted, ...unneededFallbacks(release())]
  let loaded = open(tracer, settings, [...leaveOut, ...unwanted])
  const isComplete = (name: string): boolean =>
    loaded.some((program) => program.name === name && program.attached)
  const missing = loaded.find(({ name, attached }) => datagramPrograms.includes(name) && !attached)
  if (missing !== undefined && datagramPrograms.some(isComplete)) {
    tracer.close()
    const why = `not without ${missing.name}`
    loaded = open(tracer, settings, [...leaveOut, ...unwanted, ...datagramPrograms]).map(
      (program) => {
        if (program.name === missing.name) return missing
        return datagramPrograms.includes(program.name) ? { ...program, error: why } : program
      },
    )
  }
  return loaded.filter(({ name }) => !unwanted.includes(name)).map(stateOf)
}

function open(
  tracer: Tracer,
  { path, ringBytes }: OpenSettings,
  leaveOut: readonly string[],
): LoadedProgram[] {
  const cgroupPath = findCgroupRoot()
  return tracer.open({
    path,
    ...(ringBytes !== undefined && { ringBytes }),
    leaveOut,
    ...(cgroupPath !== undefined && { cgroupPath }),
  })
}

function stateOf({ name, attached, error }: LoadedProgram): ProgramState {
  return {
    name,
    attached,
    ...(error === '' ? {} : { error }),
    missed: 0,
    loss: programLosses[name] ?? fallbacks[name]?.loss ?? 'unknown',
  }
}
