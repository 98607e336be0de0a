import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError } from '../../src/config/issue.ts'
import { loadConfig } from '../../src/config/load.ts'
import { testCatalogue } from '../support/test-components.ts'

const good = `receivers:
  nettracer: &r
    collection_interval: 5s
  nettracer/2: { <<: *r, source: ebpf }
processors: { batch: { size: 3 } }
exporters:
  otlp:
    endpoint: \${env:HOST:-a}:\${PORT}
    headers: { x-a: 'b$$' }
    tls:
      insecure: true
service:
  pipelines:
    metrics: { receivers: [nettracer, nettracer/2], processors: [batch], exporters: [otlp] }
  telemetry: { logs: { level: warn }, metrics: { level: none } }
`

/** Lines of the error that do not say a place, and what else goes wrong. None for a text that loads. */
function faultsOf(text: string): string[] {
  try {
    loadConfig([`yaml:${text}`], testCatalogue(), { PORT: '1' })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) return [String(error)]
    if (error.issues.length === 0) return ['an error without an issue']
    return error.message
      .split('\n')
      .filter((line) => !/^inline:[1-9]\d*:[1-9]\d*: .+: .+$/.test(line))
  }
}

test('the configuration that is mutated here is good', () => {
  expect(() => loadConfig([`yaml:${good}`], testCatalogue(), { PORT: '1' })).not.toThrow()
})

test('any text loads or fails with places', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(faultsOf(text)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('any text of the characters of YAML loads or fails with places', () => {
  const unit = fc.constantFrom(...Array.from('ab:-?{}[],&*!|>\'"%@`#$ \n\t<~0.'))
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 120 }), (text) => {
      expect(faultsOf(text)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a good configuration with anything put in or cut out loads or fails with places', () => {
  const at = fc.nat(good.length)
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(
      '${',
      '${env:',
      '}',
      '*r',
      '&r',
      '<<: ',
      '\n',
      '- ',
      ': ',
      'null',
      '"',
      '[',
      '{',
    ),
  )
  const change = fc.tuple(at, fc.nat(20), piece)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      let text = good
      for (const [from, length, put] of changes) {
        text = text.slice(0, from) + put + text.slice(from + length)
      }
      expect(faultsOf(text)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a good configuration with lines moved loads or fails with places', () => {
  const lines = good.split('\n')
  fc.assert(
    fc.property(fc.shuffledSubarray(lines, { minLength: 1 }), (moved) => {
      expect(faultsOf(moved.join('\n'))).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('any tree of values loads or fails with places', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(faultsOf(JSON.stringify(value))).toEqual([])
    }),
    { numRuns: 300 },
  )
})
