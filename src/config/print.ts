import { stringify } from 'yaml'
import { maskUrls, redacted } from '../shared/redact.ts'
import type { ComponentFactory } from './component.ts'
import type { Components } from './components.ts'
import { withDefaults } from './defaults.ts'
import { effectiveOf } from './effective.ts'
import type { Path } from './issue.ts'
import type { LoadedConfig } from './load.ts'
import { toPlain } from './located.ts'
import { isSecret } from './secrets.ts'
import { serviceConfig } from './service-config.ts'

/** The effective configuration as YAML: merged, substituted, with defaults, without secrets. */
export function printConfig(config: LoadedConfig): string {
  const { receivers, processors, exporters, extensions, written } = config
  const service = written.entries.get('service')
  const whole = {
    receivers: plainComponents(receivers),
    ...(processors.size > 0 && { processors: plainComponents(processors) }),
    exporters: plainComponents(exporters),
    ...(extensions.size > 0 && { extensions: plainComponents(extensions) }),
    service: withDefaults(serviceConfig, service && toPlain(service.value)),
  }
  return stringify(mask(whole, []), { lineWidth: 0 })
}

function plainComponents(components: Components<ComponentFactory>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [id, component] of components) {
    plain[id] = effectiveOf(component)
  }
  return plain
}

function mask(value: unknown, path: Path): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, at) => mask(item, [...path, at]))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
      key,
      mask(inner, [...path, key]),
    ])
    return Object.fromEntries(entries)
  }
  if (value === undefined || value === null || value === '') return value
  if (isSecret(path)) return redacted
  return typeof value === 'string' ? maskUrls(value) : value
}
