import type { ReceiverFactory } from './component.ts'
import type { Components } from './components.ts'
import type { Issues } from './issue.ts'
import { type Located, type LocatedMap, valueAt } from './located.ts'
import { signalOf } from './pipelines.ts'
import type { ServiceConfig } from './service-config.ts'

interface Parts {
  readonly receivers: Components<ReceiverFactory>
  readonly service: ServiceConfig
  readonly written: LocatedMap
}

/** Warns of keys of a receiver that act in pipelines of one signal only, where none of those names it. */
export function warnIdleKeys({ receivers, service, written }: Parts, issues: Issues): void {
  for (const { id, factory } of receivers.values()) {
    const signals = signalsOf(id, service)
    // In no pipeline at all: that is a warning of its own.
    if (signals.size === 0) continue
    const config = valueAt(written, ['receivers', id])
    for (const [key, entry] of config?.kind === 'map' ? config.entries : []) {
      const signal = factory.onlyFor?.[key]
      if (signal === undefined || signals.has(signal) || isNothing(entry.value)) continue
      const path = ['receivers', id, key]
      issues.warn(entry.key, path, `does nothing: no ${signal} pipeline names this receiver`)
    }
  }
}

function signalsOf(id: string, { pipelines }: ServiceConfig): Set<string> {
  const naming = Object.entries(pipelines).filter(([, { receivers }]) => receivers.includes(id))
  return new Set(naming.map(([name]) => signalOf(name)))
}

function isNothing(value: Located): boolean {
  return value.kind === 'scalar' && value.value === null
}
