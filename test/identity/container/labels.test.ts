import { expect, test } from 'vitest'
import { LabelChoice } from '../../../src/identity/container/labels.ts'

const choose = (shown: string[], labels: Record<string, unknown>) =>
  new LabelChoice(shown).choose(Object.entries(labels))

test('only labels that are asked for are shown; those that tell whose it is are kept', () => {
  const { labels, shownLabels } = choose(['team', 'com.example.*', 'io.kubernetes.pod.name'], {
    team: 'shop',
    secret: 'x',
    'com.example.tier': 'web',
    'com.example': 'no',
    'com.docker.compose.project': 'store',
    'com.docker.compose.service': 'cart',
    'io.kubernetes.pod.name': 'cart-1',
    'io.kubernetes.pod.uid': 'u',
  })
  expect([...labels.keys()].toSorted()).toEqual([
    'com.docker.compose.project',
    'com.docker.compose.service',
    'com.example.tier',
    'io.kubernetes.pod.name',
    'io.kubernetes.pod.uid',
    'team',
  ])
  expect([...shownLabels].toSorted()).toEqual([
    'com.example.tier',
    'io.kubernetes.pod.name',
    'team',
  ])
})

test('a label that is too long, or too many, is left out whole and counted', () => {
  const choice = new LabelChoice(['*'])
  const long = choice.choose([
    ['k'.repeat(257), 'x'],
    ['long', 'x'.repeat(1025)],
    ['fits', 'x'.repeat(1024)],
  ])
  expect([...long.labels.keys()]).toEqual(['fits'])
  expect(choice.leftOut).toBe(2)
  const many = choice.choose(Array.from({ length: 1000 }, (_, at) => [`k${at}`, 'v'] as const))
  expect(many.labels.size).toBe(64)
  expect(choice.leftOut).toBe(2 + 936)
  const large = choice.choose(
    Array.from({ length: 64 }, (_, at) => [`k${at}`, 'v'.repeat(1000)] as const),
  )
  expect(large.labels.size).toBe(16)
})

test('what is no text is no label, and half a character is made whole', () => {
  const { labels } = choose(['*'], { number: 1, list: ['x'], nothing: null, half: 'a\ud800' })
  expect([...labels]).toEqual([['half', 'a\ufffd']])
})
