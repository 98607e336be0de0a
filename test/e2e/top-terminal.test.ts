import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { main, until } from '../support/agent.ts'
import { link } from '../support/agent-traffic.ts'
import { commandIn, createNamespace } from '../support/netns.ts'
import { Pane } from '../support/tmux.ts'

const command = `'${process.execPath}' '${main}' top --interval 500ms`
const restored = 'alternate=0 cursor=1 wrap=1'
const waiting = 'the first interval'

/** A terminal with a line above, and `nettracer top` in it. */
async function topIn(size: { cells: number; lines: number }, args = '', env = {}): Promise<Pane> {
  const pane = await Pane.open({ ...size, env })
  // What is awaited must not be in what is typed.
  await pane.type(`clear; echo was "here"; ${command} ${args}; echo ended "with $?"`)
  await pane.press('Enter')
  await pane.shows(/^nettracer top /m)
  return pane
}

const asBefore = { hasOldText: true, hasTable: false, modes: restored, isTypingSeen: true }

/** How the terminal is after the end of the table: its text, its modes, whether what is typed is seen. */
async function afterEnd(pane: Pane, code: number): Promise<typeof asBefore> {
  await pane.shows(`ended with ${code}`)
  const text = await pane.text()
  const modes = await pane.modes()
  await pane.type('echo typed "again"')
  await pane.press('Enter')
  await pane.shows('typed again')
  return {
    hasOldText: text.includes('was here'),
    hasTable: text.includes('by process'),
    modes,
    isTypingSeen: (await pane.text()).includes('echo typed "again"'),
  }
}

/** Of the process that has some argument. */
async function pidOfTop(mark: string): Promise<number> {
  let found = 0
  await until('the process', () => {
    found =
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0)
        .find((pid) => isTop(pid, mark)) ?? 0
    return found > 0
  })
  return found
}

function isTop(pid: number, mark: string): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return program === process.execPath && args.includes('top') && args.includes(mark)
  } catch {
    return false
  }
}

test('80 × 24: traffic is there, keys work, a resize redraws, and q gives the terminal back', async () => {
  const through = commandIn(await createNamespace())
  const { client, server, port } = await link({ through }, { through })
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  const pane = await topIn({ cells: 80, lines: 24 }, `--filter ${client.pid}`)
  await pane.shows(/^python3\S* +\d+ .* 1 /m)
  const lines = await pane.lines()
  expect(lines).toHaveLength(24)
  expect(lines[0]).toContain('by process, sort traffic ↓')
  expect(lines[2]).toMatch(/^SERVICE +PID WHERE +OPEN NEW\/s FAIL RXb\/s TXb\/s RTX% +RTT +MAX$/)
  expect(lines[3]).toContain(` ${client.pid} `)
  expect(lines[23]).toContain(`filter: ${client.pid}`)
  expect(await pane.modes()).toBe('alternate=1 cursor=0 wrap=0')

  await pane.type('?')
  await pane.shows('q quit  b table  s ←→ sort  r reverse  / filter  p pause')
  await pane.press('Right')
  await pane.shows('sort open ↓')
  await pane.press('Left', 'r')
  await pane.shows('sort traffic ↑')
  await pane.type('b')
  await pane.shows(/^LOCAL +REMOTE +SERVICE +S +AGE RXb\/s TXb\/s +RTT RTX%$/m)
  await pane.shows(`127.0.0.1:${port}`)
  await pane.press('Escape')
  await pane.type(`/:${port}`)
  await pane.shows(`filter: :${port}▏`)
  await pane.press('Enter')
  await pane.shows(`filter: :${port}  Esc clears`)
  const ends = (await pane.lines()).filter((line) => line.startsWith('127.0.0.1:'))
  expect(ends).toHaveLength(2)
  await pane.type('p')
  await pane.shows('PAUSED')
  await pane.type('p')
  await until('the table to go on', async () => !(await pane.text()).includes('PAUSED'))
  await pane.resize(130, 30)
  await pane.shows(/^LOCAL +REMOTE +SERVICE +PEER +PID STATE +AGE RX bit\/s TX bit\/s/m)
  await pane.shows('established')
  await pane.resize(80, 10)
  await until('the table to be smaller', async () => /TXb\/s/.test((await pane.lines())[2] ?? ''))
  expect((await pane.lines())[9]).toContain('filter')
  await pane.type('q')
  expect(await afterEnd(pane, 0)).toEqual(asBefore)
})

test.each([
  { signal: 'SIGTERM', code: 0 },
  { signal: 'SIGINT', code: 0 },
  { signal: 'SIGHUP', code: 0 },
] as const)('$signal gives the terminal back and ends with $code', async ({ signal, code }) => {
  const mark = `--filter=${signal}-${process.pid}`
  const pane = await topIn({ cells: 80, lines: 24 }, mark)
  process.kill(await pidOfTop(mark), signal)
  expect(await afterEnd(pane, code)).toEqual(asBefore)
})

test('an error that nobody expected is read on the terminal as it was before', async () => {
  const mark = `--filter=error-${process.pid}`
  const fail = `process.on('SIGUSR2',()=>{throw(new(Error)('unexpected'))})`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fail)}` }
  const pane = await topIn({ cells: 80, lines: 24 }, mark, env)
  process.kill(await pidOfTop(mark), 'SIGUSR2')
  await pane.shows('Error: unexpected')
  expect(await afterEnd(pane, 3)).toEqual(asBefore)
})

test('Ctrl-C ends it; Ctrl-Z gives the terminal back until fg', async () => {
  const pane = await topIn({ cells: 80, lines: 24 })
  await pane.press('C-z')
  await pane.shows('Stopped')
  expect(await pane.modes()).toBe(restored)
  await pane.type('fg')
  await pane.press('Enter')
  await pane.shows('by process')
  expect(await pane.modes()).toBe('alternate=1 cursor=0 wrap=0')
  await pane.press('C-c')
  await until('the shell', async () => (await pane.modes()) === restored)
})

test('with TERM=dumb it writes one interval as text', async () => {
  const pane = await Pane.open({ cells: 80, lines: 24 })
  await pane.type(`TERM=dumb ${command}; echo ended "with $?"`)
  await pane.press('Enter')
  await pane.shows('ended with 0')
  const text = await pane.text()
  expect(text).toContain('by process, sort traffic')
  expect(text).not.toContain(waiting)
})

test.each([
  { env: { NO_COLOR: '1' }, hasColors: false },
  { env: {}, hasColors: true },
])('with $env colours are $hasColors', async ({ env, hasColors }) => {
  const pane = await topIn({ cells: 80, lines: 24 }, '', env)
  await pane.shows('by process')
  expect((await pane.painted()).includes('\u{1b}[36mSERVICE')).toBe(hasColors)
  await pane.type('q')
})
