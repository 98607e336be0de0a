import { lookup, lookupService, resolveCname } from 'node:dns/promises'
import type { HostnameSource } from './config.ts'
import { smallText } from './small-text.ts'

/** Aliases of aliases that are followed. */
const maxAliases = 8

/**
 * @param sources asked in turn; one that fails has no name
 * @param name as the kernel has it
 * @throws if none has a name
 */
export async function findHostname(
  sources: readonly HostnameSource[],
  name: string,
  hostsFile: string,
): Promise<string> {
  for (const source of sources) {
    const found = await nameFrom(source, name, hostsFile).catch(() => undefined)
    if (found !== undefined && found !== '') return found
  }
  throw new Error(`no host name from ${sources.join(', ')}`)
}

async function nameFrom(
  source: HostnameSource,
  name: string,
  hostsFile: string,
): Promise<string | undefined> {
  switch (source) {
    case 'os':
      return name
    case 'dns':
      return withDomain(await smallText(hostsFile), name) ?? qualified(await byAddress(name))
    case 'cname':
      return canonical(name)
    case 'lookup':
      return byAddress(name)
  }
}

/** The name with a domain on the line of `/etc/hosts` that names the host. */
export function withDomain(hosts = '', name: string): string | undefined {
  for (const line of hosts.split('\n')) {
    const [, ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/)
    const found = names.includes(name) ? names.map(qualified).find(Boolean) : undefined
    if (found !== undefined && !isLocalhost(found)) return found
  }
  return undefined
}

function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.startsWith('localhost.')
}

function qualified(name: string | undefined): string | undefined {
  return name?.includes('.') === true ? name : undefined
}

async function byAddress(name: string): Promise<string | undefined> {
  for (const { address } of await lookup(name, { all: true })) {
    const found = await lookupService(address, 0).catch(() => undefined)
    if (found !== undefined) return withoutDot(found.hostname)
  }
  return undefined
}

async function canonical(name: string): Promise<string | undefined> {
  let current = name
  for (let followed = 0; followed < maxAliases; followed += 1) {
    const [alias] = await resolveCname(current).catch((): string[] => [])
    if (alias === undefined) break
    current = alias
  }
  // A name that leads nowhere is none.
  await lookup(current)
  return withoutDot(current)
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}
