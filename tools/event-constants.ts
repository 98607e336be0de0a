import { attributesOf, type Catalogue } from './metric-catalogue.ts'
import { attributeList, property, quote } from './metric-constants.ts'

const head = `// Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit.

export interface EventDefinition<Name extends string = string> {
  readonly name: Name
  readonly description: string
  readonly attributes: readonly EventAttributeName[]
}
`

/** The text of src/generated/events.ts, as the formatter leaves it. */
export function eventConstants(catalogue: Catalogue): string {
  const attributes = attributesOf(catalogue, Object.values(catalogue.events))
  const names = Object.keys(catalogue.events).map(quote)
  return [
    head,
    `export type EventAttributeName =\n${attributes.map(([name]) => `  | ${quote(name)}`).join('\n')}\n`,
    `export type EventName = ${names.join(' | ')}\n`,
    '/** Log records. */',
    'export const events: { readonly [Name in EventName]: EventDefinition<Name> } = {',
    ...Object.entries(catalogue.events).map(([name, one]) =>
      [
        `  ${quote(name)}: {`,
        `    name: ${quote(name)},`,
        property('description', quote(one.description)),
        attributeList(one.attributes.map(quote)),
        '  },',
      ].join('\n'),
    ),
    '}\n',
  ].join('\n')
}
