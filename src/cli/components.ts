import { type AnyFactory, type ComponentFactory, takesLogs } from '../config/component.ts'
import { registry } from '../service/registry.ts'
import { version } from '../service/version.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { print } from './output.ts'

/** `nettracer components`: YAML, in the shape that the Collector prints. */
export function components(): ExitCode {
  print(`buildinfo:\n  command: nettracer\n  version: ${version}`)
  const { receivers, processors, exporters, extensions } = registry
  for (const [name, factories] of Object.entries({ receivers, processors, exporters })) {
    list(name, factories, (factory: AnyFactory) =>
      takesLogs(factory) ? ['metrics', 'logs'] : ['metrics'],
    )
  }
  list('extensions', extensions, () => ['extension'])
  return exitCodes.fine
}

/** @param rolesOf what each is as stable as it says for */
function list<Factory extends ComponentFactory>(
  section: string,
  factories: readonly Factory[],
  rolesOf: (factory: Factory) => readonly string[],
): void {
  print(factories.length === 0 ? `${section}: []` : `${section}:`)
  for (const factory of factories) print(describe(factory, rolesOf(factory)))
}

function describe(factory: ComponentFactory, roles: readonly string[]): string {
  const { type, aliases = [], stability, description } = factory
  const lines = [`  - name: ${type}`]
  if (aliases.length > 0) lines.push(`    aliases: [${aliases.join(', ')}]`)
  lines.push('    stability:', ...roles.map((role) => `      ${role}: ${stability}`))
  lines.push(`    description: ${JSON.stringify(description)}`)
  return lines.join('\n')
}
