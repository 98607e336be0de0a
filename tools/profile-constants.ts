import type { Catalogue } from './metric-catalogue.ts'
import { profiledMetrics } from './metric-catalogue.ts'
import { type Naming, namingOf, type ProfileName, profileNames } from './metric-profiles.ts'

const head = `// Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit.
import type { AttributeName, MetricName } from './metrics.ts'

/** What a metric is called in a profile. */
export interface MetricNaming {
  readonly name: string
  readonly unit: string
  readonly description: string
  /** Each value is multiplied by it. */
  readonly scale: number
  /** Of all its points. */
  readonly attributes: Readonly<Partial<Record<AttributeName, string>>>
  /** A counter that its sum is always equal to. */
  readonly sumOf?: MetricName
}
`

/** The text of src/generated/profiles.ts, as the formatter leaves it. */
export function profileConstants(catalogue: Catalogue): string {
  const names = profileNames.map((name) => `  ${name}: {\n${entries(catalogue, name)}\n  },`)
  const others = profileNames.map((name) => `'${name}'`).join(' | ')
  return [
    head,
    '/** Profiles with names other than the catalogue has. */',
    `export type OtherProfile = ${others}\n`,
    '/** What is absent is not reported in that profile. */',
    'export const profiles: {',
    '  readonly [Profile in OtherProfile]: { readonly [Name in MetricName]?: MetricNaming }',
    '} = {',
    ...names,
    '}\n',
  ].join('\n')
}

function entries(catalogue: Catalogue, profile: ProfileName): string {
  return [...profiledMetrics(catalogue)]
    .flatMap(([name, one]) => {
      const naming = namingOf(one, profile)
      return naming === undefined ? [] : [entry(name, naming)]
    })
    .join('\n')
}

function entry(name: string, { scale, attributes, sumOf, ...texts }: Naming): string {
  const own = Object.entries(attributes).map(([key, value]) => `'${key}': '${value}'`)
  return [
    `    '${name}': {`,
    `      name: '${texts.name}',`,
    `      unit: '${texts.unit}',`,
    property('description', `'${texts.description.replaceAll("'", "\\'")}'`),
    `      scale: ${scale},`,
    `      attributes: ${own.length === 0 ? '{}' : `{ ${own.join(', ')} }`},`,
    ...(sumOf === undefined ? [] : [`      sumOf: '${sumOf}',`]),
    '    },',
  ].join('\n')
}

function property(name: string, value: string): string {
  const line = `      ${name}: ${value},`
  return line.length <= 100 ? line : `      ${name}:\n        ${value},`
}
