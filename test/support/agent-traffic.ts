import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Points } from './agent-points.ts'
import { Traffic } from './traffic.ts'

const script = fileURLToPath(new URL('traffic.py', import.meta.url))

export interface ProgramSettings {
  readonly env?: Readonly<Record<string, string>>
  /** Runs it: `ip netns exec NAME`. */
  readonly through?: readonly string[]
}

/** A traffic process with an environment of its own, in the host's network namespace unless told otherwise. */
export function startProgram({ env = {}, through = [] }: ProgramSettings = {}): Traffic {
  const [command, ...args] = [...through, 'python3', script]
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH, HOME, ...env },
  })
  const traffic = new Traffic(child)
  onTestFinished(() => traffic.kill())
  return traffic
}

/** A client and a server, and the port that the server listens on as `l`. */
export interface Link {
  readonly client: Traffic
  readonly server: Traffic
  readonly port: number
}

/** @param address where the server listens and the client connects */
export async function link(
  client: ProgramSettings = {},
  server: ProgramSettings = {},
  address = '127.0.0.1',
): Promise<Link> {
  const both = { client: startProgram(client), server: startProgram(server) }
  const port = await both.server.run<number>(`l = listen('${address}'); port_of(l)`)
  await both.client.run(`peer = ('${address}', ${port})`)
  return { ...both, port }
}

/** One connection, opened and closed by the client. */
export async function exchange(
  { client, server }: Link,
  bytes: { readonly sent: number; readonly received: number },
): Promise<void> {
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await Promise.all([client.run(`send(s, ${bytes.sent})`), server.run(`receive(c, ${bytes.sent})`)])
  await Promise.all([
    server.run(`send(c, ${bytes.received})`),
    client.run(`receive(s, ${bytes.received})`),
  ])
  await client.run('s.close()')
  await server.run('receive(c); c.close()')
}

/** The points of one end of a link. */
export function end(points: Points, { port }: Link, role: 'client' | 'server'): Points {
  return points.where({ 'server.port': String(port), 'nettracer.role': role })
}

/** Bytes that each end sent, and received. */
export function bytesOf(points: Points, link: Link) {
  const [client, server] = [end(points, link, 'client'), end(points, link, 'server')]
  return {
    client: [client.total('nettracer.bytes_tx'), client.total('nettracer.bytes_rx')],
    server: [server.total('nettracer.bytes_tx'), server.total('nettracer.bytes_rx')],
  }
}
