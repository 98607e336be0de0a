import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const factory = fileURLToPath(new URL('../../../src/exporter/otlp/index.ts', import.meta.url))

/** Modules that a fresh process has loaded after some code. */
function loadedBy(code: string): string {
  const program = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) })
    const { otlpFactory } = await import(${JSON.stringify(factory)})
    ${code}
    process.stdout.write(seen.join('\\n'))
  `
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
}

test('a configuration is checked without loading gRPC or the encoder', () => {
  const loaded = loadedBy(`otlpFactory.config.parse({ endpoint: 'localhost:4317' })`)
  expect(loaded).toContain('/exporter/otlp/config.ts')
  expect(loaded).not.toMatch(/grpc-js|exporter\/wire\/encode/)
})
