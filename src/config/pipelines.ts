import type { SignalName } from '../model/signal.ts'
import { type AnyFactory, takesLogs } from './component.ts'
import type { Components, ConfiguredComponent } from './components.ts'
import type { Issues } from './issue.ts'
import type { Entry, LocatedMap } from './located.ts'
import { checkNames, warnUnused } from './references.ts'

const signals: readonly SignalName[] = ['metrics', 'logs']
const laterSignals = ['traces', 'profiles']
const pipelineSections = ['receivers', 'processors', 'exporters'] as const

/** Components that could be read, by section. */
export type Defined = Readonly<Record<(typeof pipelineSections)[number], Components<AnyFactory>>>

/**
 * Checks names of pipelines, that all they name is defined and that it takes what the pipeline carries; warns of what no
 * pipeline names.
 */
export function checkPipelines(root: LocatedMap, defined: Defined, issues: Issues): void {
  const service = root.entries.get('service')?.value
  const used = new Set<string>()
  if (service?.kind === 'map') {
    const pipelines = service.entries.get('pipelines')
    if (pipelines?.value.kind === 'map') {
      if (pipelines.value.entries.size === 0) {
        issues.add(pipelines.key, ['service', 'pipelines'], 'there must be at least one pipeline')
      }
      for (const [name, entry] of pipelines.value.entries) {
        checkPipeline(name, entry, root, used, issues)
        checkFits(name, entry, defined, issues)
      }
    }
  }
  for (const section of pipelineSections) {
    warnUnused(root, section, used, 'no pipeline names', issues)
  }
}

function checkPipeline(
  name: string,
  { key, value }: Entry,
  root: LocatedMap,
  used: Set<string>,
  issues: Issues,
): void {
  const path = ['service', 'pipelines', name]
  const problem = nameProblem(name)
  if (problem !== undefined) issues.add(key, path, problem)
  for (const section of pipelineSections) {
    const list = value.kind === 'map' ? value.entries.get(section)?.value : undefined
    checkNames(list, section, [...path, section], root, used, issues)
  }
}

function nameProblem(name: string): string | undefined {
  const signal = signalOf(name)
  if (signals.some((one) => one === signal)) {
    return name === `${signal}/` ? 'the name after / is empty' : undefined
  }
  const rule = 'pipelines are named metrics, logs, metrics/name or logs/name'
  if (laterSignals.includes(signal)) return `${signal} are not supported in this version, ${rule}`
  return `unknown signal ${JSON.stringify(signal)}, ${rule}`
}

/** What a pipeline of that name carries. */
export function signalOf(name: string): string {
  return name.split('/', 1)[0] ?? ''
}

function checkFits(name: string, { value }: Entry, defined: Defined, issues: Issues): void {
  const signal = signals.find((one) => one === signalOf(name))
  if (signal === undefined) return
  for (const section of pipelineSections) {
    const list = value.kind === 'map' ? value.entries.get(section)?.value : undefined
    if (list?.kind !== 'list') continue
    list.items.forEach((item, index) => {
      const id = item.kind === 'scalar' ? item.value : undefined
      const found = typeof id === 'string' ? defined[section].get(id) : undefined
      const problem = found === undefined ? undefined : misfit(found, section, signal)
      if (problem === undefined) return
      issues.add(item.place, ['service', 'pipelines', name, section, index], problem)
    })
  }
}

function misfit(
  { id, factory, config }: ConfiguredComponent<AnyFactory>,
  section: (typeof pipelineSections)[number],
  signal: SignalName,
): string | undefined {
  if (signal === 'logs' && !takesLogs(factory)) {
    const able = section === 'receivers' ? 'gives no logs' : 'takes no logs'
    return `${JSON.stringify(id)} ${able}, only metrics`
  }
  const why = 'unfitFor' in factory ? factory.unfitFor?.(config, signal) : undefined
  return why === undefined ? undefined : `${JSON.stringify(id)}: ${why}`
}
