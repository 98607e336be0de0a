import { type AnyFactory, takesLogs } from '../config/component.ts'
import { registry } from '../service/registry.ts'
import { version } from '../service/version.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { print } from './output.ts'

/** `nettracer components`: YAML, in the shape that the Collector prints. */
export function components(): ExitCode {
  print(`buildinfo:\n  command: nettracer\n  version: ${version}`)
  const { receivers, processors, exporters } = registry
  for (const [name, factories] of Object.entries({ receivers, processors, exporters })) {
    print(factories.length === 0 ? `${name}: []` : `${name}:`)
    for (const factory of factories) print(describe(factory))
  }
  print('extensions: []')
  return exitCodes.fine
}

function describe(factory: AnyFactory): string {
  const { type, aliases = [], stability, description } = factory
  const lines = [`  - name: ${type}`]
  if (aliases.length > 0) lines.push(`    aliases: [${aliases.join(', ')}]`)
  lines.push('    stability:', `      metrics: ${stability}`)
  if (takesLogs(factory)) lines.push(`      logs: ${stability}`)
  lines.push(`    description: ${JSON.stringify(description)}`)
  return lines.join('\n')
}
