import { release } from 'node:os'
import type { LoadedProgram, Tracer } from './addon.ts'
import { findCgroupRoot } from './cgroup-root.ts'
import { fallbacks, programLosses, unneededFallbacks } from './programs.ts'
import type { ProgramState } from './source.ts'

export interface OpenSettings {
  readonly path: string
  readonly ringBytes?: number | undefined
  readonly answerBytes?: number | undefined
  /** Programs not to load. */
  readonly leaveOut: readonly string[]
  /** Programs that nobody asked for: not loaded, and not missed. */
  readonly unwanted: readonly string[]
}

/** Loads and attaches. @returns how it went with each that is wanted */
export function openPrograms(tracer: Tracer, settings: OpenSettings): ProgramState[] {
  const { path, ringBytes, answerBytes, leaveOut } = settings
  const unwanted = [...settings.unwanted, ...unneededFallbacks(release())]
  const cgroupPath = findCgroupRoot()
  const loaded = tracer.open({
    path,
    ...(ringBytes !== undefined && { ringBytes }),
    ...(answerBytes !== undefined && { answerBytes }),
    leaveOut: [...leaveOut, ...unwanted],
    ...(cgroupPath !== undefined && { cgroupPath }),
  })
  return loaded.filter(({ name }) => !unwanted.includes(name)).map(stateOf)
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
