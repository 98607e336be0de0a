/**
 * Makes config/schema.json, docs/configuration.md and docs/components/ of the components' schemas and their examples.
 * `--check` writes nothing and exits 1 if either differs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { configSchema } from '../src/config/json-schema.ts'
import { serviceConfig } from '../src/config/service-config.ts'
import { registry } from '../src/service/registry.ts'
import { componentPage, configPage, pageName } from './config-page.ts'

/** As the formatter writes it: lists of words on one line where they fit. */
function formatJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  const short = text.replaceAll(
    /^( *)(.*)\[\n([^[\]{}]*?)\n *\]/gm,
    (all, indent: string, start: string, items: string) => {
      const line = `${indent}${start}[${items.trim().replaceAll(/\n\s*/g, ' ')}]`
      return line.length < 100 ? line : all
    },
  )
  return `${short}\n`
}

const root = new URL('../', import.meta.url)
const isCheck = process.argv.includes('--check')

const introduction = readFileSync(new URL('config-introduction.md', import.meta.url), 'utf8')
const sections = [
  { word: 'Receiver', factories: registry.receivers },
  { word: 'Processor', factories: registry.processors },
  { word: 'Exporter', factories: registry.exporters },
  { word: 'Extension', factories: registry.extensions },
]
const toSchema = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })

const componentPages = sections.flatMap(({ word, factories }) =>
  factories.map((factory) => {
    const name = pageName(word, factory)
    const example = readFileSync(new URL(`examples/components/${name}.yaml`, root), 'utf8')
    return {
      path: `docs/components/${name}.md`,
      text: componentPage(word, factory, example, toSchema),
    }
  }),
)

const outputs = [
  { path: 'config/schema.json', text: formatJson(configSchema(registry)) },
  {
    path: 'docs/configuration.md',
    text: configPage(introduction, sections, serviceConfig, toSchema),
  },
  ...componentPages,
]

for (const { path, text } of outputs) {
  const file = new URL(path, root)
  const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (current === text) continue
  if (isCheck) {
    console.error(`${path} is not what the schemas make: run node tools/generate-config-docs.ts`)
    process.exitCode = 1
  } else {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  }
}
