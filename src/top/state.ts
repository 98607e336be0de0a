import type { Grouping } from './reading.ts'
import { groupings } from './reading.ts'
import type { Sort } from './view.ts'

/** What the user of the live table has chosen. */
export interface State {
  readonly by: Grouping
  /** Each table keeps its own. */
  readonly sorts: Readonly<Record<Grouping, Sort>>
  readonly filter: string
  /** Keys go to the filter. */
  readonly isTyping: boolean
  readonly isPaused: boolean
  readonly isHelpShown: boolean
  /** The first row that is shown. */
  readonly from: number
  readonly hasQuit: boolean
}

/** A key as Node's readline tells it. */
export interface Key {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
  readonly shift?: boolean | undefined
}

/** What is on the screen now. */
export interface Surroundings {
  readonly sortKeys: readonly string[]
  /** Rows that fit. */
  readonly room: number
  /** Rows that there are. */
  readonly count: number
}

const maxFilter = 100

const escapeKey: Key = { name: 'escape', sequence: '\u{1b}' }

/** The state after a key. What a key does not mean changes nothing. */
export function press(state: State, key: Key, around: Surroundings): State {
  const { meta, sequence = '', name } = key
  // Escape and a key that comes soon after look like the key with Alt, which means nothing here.
  if (meta && sequence.length === 2) {
    const second = { name, sequence: sequence.slice(1) }
    return press(press(state, escapeKey, around), second, around)
  }
  if (key.ctrl) return key.name === 'c' ? { ...state, hasQuit: true } : pressControl(state, key)
  if (state.isTyping) return type(state, key)
  return scroll(state, key, around) ?? command(state, key, around)
}

function pressControl(state: State, { name }: Key): State {
  return state.isTyping && name === 'u' ? { ...state, filter: '', from: 0 } : state
}

function type(state: State, { name, sequence = '' }: Key): State {
  switch (name) {
    case 'return':
    case 'enter':
      return { ...state, isTyping: false }
    case 'escape':
      return { ...state, isTyping: false, filter: '', from: 0 }
    case 'backspace':
      return { ...state, filter: Array.from(state.filter).slice(0, -1).join(''), from: 0 }
    default: {
      const isText = sequence !== '' && !/\p{Cc}/u.test(sequence)
      if (!isText || state.filter.length + sequence.length > maxFilter) return state
      return { ...state, filter: state.filter + sequence, from: 0 }
    }
  }
}

function scroll(state: State, { name }: Key, { room, count }: Surroundings): State | undefined {
  const last = Math.max(0, count - room)
  const to = (row: number): State => ({ ...state, from: Math.min(Math.max(0, row), last) })
  switch (name) {
    case 'up':
      return to(state.from - 1)
    case 'down':
      return to(state.from + 1)
    case 'pageup':
      return to(state.from - room)
    case 'pagedown':
      return to(state.from + room)
    case 'home':
      return to(0)
    case 'end':
      return to(last)
    default:
      return undefined
  }
}

function command(state: State, { name = '', sequence = '' }: Key, around: Surroundings): State {
  const apply = commandsByText.get(sequence) ?? commandsByName.get(name)
  return apply === undefined ? state : apply(state, around)
}

type Command = (state: State, around: Surroundings) => State

const pause: Command = (state) => ({ ...state, isPaused: !state.isPaused })
const nextSort: Command = (state, { sortKeys }) => sortBy(state, sortKeys, 1)
const previousSort: Command = (state, { sortKeys }) => sortBy(state, sortKeys, -1)
const nextTable: Command = (state) => ({
  ...state,
  by: stepped(groupings, state.by, 1),
  from: 0,
})

const commandsByText: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['q', (state) => ({ ...state, hasQuit: true })],
  ['p', pause],
  [' ', pause],
  ['?', (state) => ({ ...state, isHelpShown: !state.isHelpShown })],
  ['/', (state) => ({ ...state, isTyping: true })],
  ['s', nextSort],
  ['S', previousSort],
  ['r', (state) => withSort(state, { ...sortOf(state), isReversed: !sortOf(state).isReversed })],
  ['b', nextTable],
])
const commandsByName: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['right', nextSort],
  ['left', previousSort],
  ['tab', nextTable],
  ['escape', (state) => ({ ...state, filter: '', isHelpShown: false, from: 0 })],
])

function sortOf({ sorts, by }: State): Sort {
  return sorts[by]
}

function sortBy(state: State, keys: readonly string[], step: number): State {
  return withSort(state, { key: stepped(keys, sortOf(state).key, step), isReversed: false })
}

function withSort(state: State, sort: Sort): State {
  return { ...state, sorts: { ...state.sorts, [state.by]: sort }, from: 0 }
}

/** The next of some values, round and round. */
function stepped<Value>(values: readonly Value[], value: Value, step: number): Value {
  const at = values.indexOf(value) + step
  return values.at(at % values.length) ?? value
}
