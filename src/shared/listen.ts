import { lookup } from 'node:dns/promises'
import type { AddressInfo, Server } from 'node:net'
import { messageOf, NettracerError } from './errors.ts'
import type { Endpoint } from './listen-address.ts'

/**
 * Listens on an endpoint. A name with several addresses is the first IPv4 one, else the first: as in the Collector.
 *
 * @throws NettracerError NETTRACER_ERR_LISTEN_FAILED with the address and what to do
 */
export async function listen(server: Server, endpoint: Endpoint): Promise<AddressInfo> {
  try {
    const host = endpoint.host === undefined ? undefined : await resolve(endpoint.host)
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen({ port: endpoint.port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', fail)
        done()
      })
    })
  } catch (thrown) {
    throw new NettracerError(
      'NETTRACER_ERR_LISTEN_FAILED',
      `cannot listen on ${formatEndpoint(endpoint)}: ${reason(thrown)}`,
      { cause: thrown },
    )
  }
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new NettracerError('NETTRACER_ERR_LISTEN_FAILED', 'the server has no port')
  }
  return address
}

/** Writes an endpoint as a user would. */
export function formatEndpoint({ host = '', port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

async function resolve(host: string): Promise<string> {
  return (await lookup(host, { order: 'ipv4first' })).address
}

const reasons = new Map([
  ['EADDRINUSE', 'the address is taken; stop the program that has it, or set another endpoint'],
  ['EACCES', 'not permitted; set a port above 1023, or run with CAP_NET_BIND_SERVICE'],
  ['EADDRNOTAVAIL', 'this machine has no such address; set one that it has, or 0.0.0.0 for all'],
  ['ENOTFOUND', 'the name has no address; set an IP address'],
  ['EAI_AGAIN', 'the name could not be looked up; set an IP address'],
])

function reason(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return reasons.get(code) ?? messageOf(thrown)
}
