/** Does what the plan says, a phase for each line that it reads; says `done` after each. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { requestOf } from './head.ts'
import { type Exchange, late, older, open, ports, refused, short } from './plan.ts'

const atOnce = 10
const phases: Readonly<Record<string, () => Promise<void>>> = {
  before,
  traffic,
  dial: dialLate,
  ask: askLate,
}
let olderSocket: Socket | undefined
let lateSockets: readonly Socket[] = []

async function dial(port: number, isIpv6: boolean): Promise<Socket> {
  const socket = connect({ port, host: isIpv6 ? '::1' : '127.0.0.1' })
  await once(socket, 'connect')
  return socket
}

/** Sends a request and reads all of its answer. */
async function ask(socket: Socket, exchange: Exchange): Promise<void> {
  const wanted = socket.bytesRead + exchange.answer
  socket.resume()
  socket.write(requestOf(exchange))
  while (socket.bytesRead < wanted) await once(socket, 'data')
}

async function run(exchange: Exchange): Promise<void> {
  const socket = await dial(ports.short, exchange.isIpv6)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  // The server's reset is its answer.
  if (exchange.ending === 'server-reset') socket.on('error', () => {})
  await ask(socket, exchange)
  if (exchange.ending === 'client') socket.end()
  if (exchange.ending === 'client-reset') socket.resetAndDestroy()
  await closed
}

async function isRefused(isIpv6: boolean): Promise<boolean> {
  try {
    await dial(ports.none, isIpv6)
    return false
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED'
  }
}

async function before(): Promise<void> {
  olderSocket = await dial(ports.older, false)
  await ask(olderSocket, older.before)
}

async function traffic(): Promise<void> {
  const waiting = [...short]
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await run(next)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  for (let index = 0; index < refused; index += 1) {
    if (!(await isRefused(index % 2 === 0))) throw new Error('a connection was not refused')
  }
  if (olderSocket !== undefined) await ask(olderSocket, older.after)
  await ask(await dial(ports.open, false), open)
}

async function dialLate(): Promise<void> {
  lateSockets = await Promise.all(late.map(({ isIpv6 }) => dial(ports.late, isIpv6)))
}

async function askLate(): Promise<void> {
  await Promise.all(lateSockets.map((socket, at) => ask(socket, late[at] ?? open)))
}

for await (const line of createInterface({ input: process.stdin })) {
  await phases[line]?.()
  console.log('done')
}
