import type { AnyFactory, ComponentFactory, ExtensionFactory, ExtensionUse } from './component.ts'
import { type Components, type ConfiguredComponent, type Section } from './components.ts'
import type { Issues } from './issue.ts'
import { type LocatedMap, placeOf } from './located.ts'
import { checkNames, referenceProblem, warnUnused } from './references.ts'

/** Components that could be read, by section. */
interface Defined extends Readonly<Record<Exclude<Section, 'extensions'>, Components<AnyFactory>>> {
  readonly extensions: Components<ExtensionFactory>
}

/**
 * Checks the names in `service.extensions`, and that what other components name is among them and offers what they want;
 * warns of what nothing names.
 */
export function checkExtensions(root: LocatedMap, defined: Defined, issues: Issues): void {
  const service = root.entries.get('service')?.value
  const list = service?.kind === 'map' ? service.entries.get('extensions')?.value : undefined
  const used = new Set<string>()
  checkNames(list, 'extensions', ['service', 'extensions'], root, used, issues)
  warnUnused(root, 'extensions', used, 'service.extensions does not name', issues)
  for (const section of ['receivers', 'processors', 'exporters', 'extensions'] as const) {
    for (const component of defined[section].values()) {
      for (const use of usesOf(component)) {
        const problem =
          referenceProblem(use.id, 'extensions', root) ?? useProblem(use, used, defined.extensions)
        if (problem === undefined) continue
        const path = [section, component.id, ...use.path]
        issues.add(placeOf(component.written, use.path), path, problem)
      }
    }
  }
}

/** The extensions that a component names. */
export function usesOf({
  factory,
  config,
}: ConfiguredComponent<ComponentFactory>): readonly ExtensionUse[] {
  return factory.uses?.(config) ?? []
}

function useProblem(
  { id, as }: ExtensionUse,
  used: ReadonlySet<string>,
  extensions: Components<ExtensionFactory>,
): string | undefined {
  const name = JSON.stringify(id)
  if (!used.has(`extensions ${id}`)) {
    return `${name} is not in use: service.extensions must name it too`
  }
  const extension = extensions.get(id)
  if (extension === undefined || extension.factory.offers?.includes(as) === true) return undefined
  return `${name} is an extension without ${as}`
}
