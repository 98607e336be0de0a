import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCondition } from '../../../src/processor/filter/condition.ts'
import {
  metricContext,
  pointContext,
  recordContext,
} from '../../../src/processor/filter/contexts.ts'

const subject = {
  fields: { name: 'nettracer.rtt', unit: 'ms', description: 'd', value: 5 },
  attributes: { peer: 'x"y', port: 443, is: true },
  resource: { 'service.name': 'checkout' },
}

test.each([
  ['metric.name == "nettracer.rtt"', true],
  ['metric.name != "nettracer.rtt"', false],
  ['attributes["port"] == 443', true],
  ['datapoint.attributes["port"] == "443"', false],
  ['attributes["port"] != "443"', true],
  ['attributes["port"] >= 443 and attributes["port"] < 443.5', true],
  ['attributes["peer"] == "x\\"y"', true],
  ['attributes["is"] == true', true],
  ['attributes["no"] == nil', true],
  ['attributes["peer"] != nil', true],
  ['value_int > 4', true],
  ['value_double <= -5', false],
  ['resource.attributes["service.name"] == "checkout"', true],
  ['IsMatch(resource.attributes["service.name"], "^check")', true],
  ['IsMatch(attributes["port"], "^44")', true],
  ['IsMatch(attributes["no"], ".*")', false],
  ['not IsMatch(metric.name, "rtt$")', false],
  ['not (metric.unit == "ms" or value_int == 1)', false],
  // and binds more than or.
  ['true or true and false', true],
  ['(true or true) and false', false],
  ['"a" < "b"', true],
  ['"a" < 1', false],
  ['1 == 1.0', true],
])('%s is %s', (text, holds) => {
  expect(parseCondition(text, pointContext)(subject)).toBe(holds)
})

test.each([
  ['', /missing at the end/],
  ['metric.name', /a comparison is missing/],
  ['metric.name = "a"', /not understood/],
  ['metric.name == "a" "b"', /not understood: b/],
  ['metric.name == (', /not a value/],
  ['metric.nam == "a"', /metric.nam is not known here, known: .*metric.name/],
  ['Len(metric.name) == 1', /Len is not known here/],
  ['attributes == 1', /\[ is missing/],
  ['attributes[1] == 1', /not the name of an attribute/],
  ['IsMatch(metric.name, "(")', /not a pattern/],
  ['(true', /\) is missing/],
  ['severity_number == 1', /not known here/],
])('%s is an error', (text, message) => {
  expect(() => parseCondition(text, pointContext)).toThrow(message)
})

test('each context has its own fields', () => {
  expect(parseCondition('name == "nettracer.rtt"', metricContext)(subject)).toBe(true)
  expect(() => parseCondition('attributes["a"] == 1', metricContext)).toThrow('not known here')
  const record = { fields: { severity: 13, body: 'b' }, resource: {} }
  expect(parseCondition('severity_number >= 13 and body == "b"', recordContext)(record)).toBe(true)
})

test('any text is a condition or a SyntaxError', () => {
  const word = fc.constantFrom(
    'attributes',
    '["a"]',
    '==',
    '(',
    ')',
    'and',
    'not',
    '"x"',
    '1',
    'nil',
    ' ',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((all) => all.join(' ')),
      ),
      (text) => {
        const holds = resultOf(text)
        expect(typeof holds === 'boolean' || holds instanceof SyntaxError).toBe(true)
      },
    ),
  )
})

function resultOf(text: string): unknown {
  try {
    return parseCondition(text, pointContext)(subject)
  } catch (error) {
    return error
  }
}
