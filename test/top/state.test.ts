import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupings } from '../../src/top/reading.ts'
import { type Key, press, type State, type Surroundings } from '../../src/top/state.ts'
import { stateOf } from './reading.ts'

const around: Surroundings = { sortKeys: ['traffic', 'open', 'name'], room: 10, count: 25 }

const keys: Readonly<Record<string, Key>> = {
  up: { name: 'up', sequence: '\u{1b}[A' },
  down: { name: 'down', sequence: '\u{1b}[B' },
  right: { name: 'right', sequence: '\u{1b}[C' },
  left: { name: 'left', sequence: '\u{1b}[D' },
  pageup: { name: 'pageup', sequence: '\u{1b}[5~' },
  pagedown: { name: 'pagedown', sequence: '\u{1b}[6~' },
  home: { name: 'home', sequence: '\u{1b}[H' },
  end: { name: 'end', sequence: '\u{1b}[F' },
  enter: { name: 'return', sequence: '\r' },
  escape: { name: 'escape', sequence: '\u{1b}' },
  backspace: { name: 'backspace', sequence: '\u{7f}' },
  tab: { name: 'tab', sequence: '\t' },
  'escape /': { name: undefined, sequence: '\u{1b}/', meta: true },
  'escape q': { name: 'q', sequence: '\u{1b}q', meta: true },
  'ctrl-c': { name: 'c', sequence: '\u{3}', ctrl: true },
  'ctrl-u': { name: 'u', sequence: '\u{15}', ctrl: true },
}
const keyOf = (text: string): Key => keys[text] ?? { name: text.toLowerCase(), sequence: text }

/** The state after some keys, each a name or a character. */
function after(typed: readonly string[], from: State = stateOf('process')): State {
  return typed.reduce((state, text) => press(state, keyOf(text), around), from)
}

const traffic = { key: 'traffic', isReversed: false }

test.each([
  { typed: ['q'], gives: { hasQuit: true } },
  { typed: ['ctrl-c'], gives: { hasQuit: true } },
  { typed: ['p'], gives: { isPaused: true } },
  { typed: [' '], gives: { isPaused: true } },
  { typed: ['p', ' '], gives: { isPaused: false } },
  { typed: ['?'], gives: { isHelpShown: true } },
  { typed: ['?', 'escape'], gives: { isHelpShown: false } },
  { typed: ['b'], gives: { by: 'connection' } },
  { typed: ['tab', 'tab', 'tab'], gives: { by: 'listener' } },
  { typed: ['b', 'b', 'b', 'b'], gives: { by: 'process' } },
  { typed: ['/', 'a', 'q', ' '], gives: { filter: 'aq ', isTyping: true, hasQuit: false } },
  { typed: ['/', 'a', 'enter', 'q'], gives: { filter: 'a', isTyping: false, hasQuit: true } },
  { typed: ['/', 'a', 'escape'], gives: { filter: '', isTyping: false } },
  { typed: ['/', 'a', 'enter', 'escape'], gives: { filter: '' } },
  { typed: ['/', 'a', 'enter', 'escape /', 'b'], gives: { filter: 'b', isTyping: true } },
  { typed: ['/', 'a', 'escape q'], gives: { filter: '', hasQuit: true } },
  { typed: ['/', 'a', '🚀', 'backspace'], gives: { filter: 'a' } },
  { typed: ['/', 'a', 'ctrl-u', 'b'], gives: { filter: 'b' } },
  { typed: ['/', 'up', 'tab', 'b'], gives: { filter: 'b', by: 'process', from: 0 } },
  { typed: ['/', 'ctrl-c'], gives: { hasQuit: true } },
  { typed: ['down', 'down', 'up'], gives: { from: 1 } },
  { typed: ['up'], gives: { from: 0 } },
  { typed: ['pagedown'], gives: { from: 10 } },
  { typed: ['pagedown', 'pagedown', 'pagedown'], gives: { from: 15 } },
  { typed: ['end', 'pageup'], gives: { from: 5 } },
  { typed: ['end', 'home'], gives: { from: 0 } },
  { typed: ['end', 's'], gives: { from: 0 } },
  { typed: ['x', 'F', '7'], gives: stateOf('process') },
])('$typed gives $gives', ({ typed, gives }) => {
  expect(after(typed)).toMatchObject(gives)
})

test.each([
  { typed: ['s'], sort: { key: 'open', isReversed: false } },
  { typed: ['right', 'right', 'right'], sort: traffic },
  { typed: ['left'], sort: { key: 'name', isReversed: false } },
  { typed: ['S'], sort: { key: 'name', isReversed: false } },
  { typed: ['r'], sort: { key: 'traffic', isReversed: true } },
  { typed: ['r', 's'], sort: { key: 'open', isReversed: false } },
  { typed: ['b', 's', 'b', 'b', 'b'], sort: traffic },
])('$typed sorts processes by $sort', ({ typed, sort }) => {
  expect(after(typed).sorts.process).toEqual(sort)
})

test('each table keeps its own order', () => {
  const state = after(['s', 'b', 'r', 'b'])
  expect(state.by).toBe('peer')
  expect(state.sorts.process.key).toBe('open')
  expect(state.sorts.connection.isReversed).toBe(true)
  expect(state.sorts.peer).toEqual(traffic)
})

test('any keys: the filter stays short and printable, and no row before the first is shown', () => {
  const key = fc.record(
    {
      name: fc.constantFrom(...Object.values(keys).map(({ name }) => name), 's', 'b', undefined),
      sequence: fc.string({ unit: 'binary', maxLength: 6 }),
      ctrl: fc.boolean(),
      meta: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), fc.nat(40), (typed, count) => {
      const end = typed.reduce(
        (state, one) => press(state, one, { ...around, count }),
        stateOf('process', { isTyping: true }),
      )
      expect(end.filter.length).toBeLessThanOrEqual(100)
      expect(end.filter).not.toMatch(/\p{Cc}/u)
      expect(end.from).toBeGreaterThanOrEqual(0)
      expect(end.from).toBeLessThanOrEqual(Math.max(0, count - around.room))
      expect(groupings).toContain(end.by)
    }),
  )
})
