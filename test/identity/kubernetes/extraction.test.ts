import { expect, test } from 'vitest'
import { extract, serviceLabelsOf } from '../../../src/identity/kubernetes/extraction.ts'
import { extraction } from '../support/kubernetes-objects.ts'

const metadata = {
  labels: { team: 'a', 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/managed-by': 'x', n: 1 },
  annotations: { team: 'b', 'example.com/owner': 'me' },
}

test.each([
  ['nothing without a rule', {}, {}],
  ['a label by its key', { labels: [{ key: 'team' }] }, { 'k8s.pod.label.team': 'a' }],
  ['under another name', { labels: [{ key: 'team', tagName: 'team' }] }, { team: 'a' }],
  [
    'an annotation',
    { annotations: [{ key: 'example.com/owner' }] },
    { 'k8s.pod.annotation.example.com/owner': 'me' },
  ],
  [
    'by an expression with a group',
    { labels: [{ keyRegex: /app\.kubernetes\.io\/(.*)/, tagName: 'app.$1' }] },
    { 'app.name': 'web', 'app.managed-by': 'x' },
  ],
  ['only by one that finds the whole key', { labels: [{ keyRegex: /tea/ }] }, {}],
  ['not what is no text', { labels: [{ key: 'n' }] }, {}],
])('extracted is %s', (_, rules, attributes) => {
  expect(extract(metadata, { ...extraction, ...rules })).toEqual(attributes)
})

test('no more than 64 attributes are extracted', () => {
  const many = {
    labels: Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`k${at}`, 'v'])),
  }
  const rules = { ...extraction, labels: [{ keyRegex: /.*/ }] }
  expect(Object.keys(extract(many, rules))).toHaveLength(64)
})

test('labels that name a service are told where they are asked for', () => {
  expect(serviceLabelsOf(metadata, extraction).size).toBe(0)
  expect([...serviceLabelsOf(metadata, { ...extraction, serviceLabels: true })]).toEqual([
    ['name', 'web'],
  ])
})
