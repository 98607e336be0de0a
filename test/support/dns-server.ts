import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { Daemon } from './daemon.ts'
import type { Namespace } from './netns.ts'

export interface DnsServerSettings {
  /** Default 127.0.0.1. */
  readonly listens?: string
  /** `NAME,ADDRESS` or `NAME,ADDRESS,IPV6`. */
  readonly hosts?: readonly string[]
  /** `ALIAS,NAME` */
  readonly aliases?: readonly string[]
  readonly ttlSeconds?: number
  /** Where it asks for what it does not know itself. */
  readonly upstream?: string
}

/** A real resolver, dnsmasq, on port 53 of a namespace. Ends with the test. */
export async function startDnsServer(
  namespace: Namespace,
  settings: DnsServerSettings,
): Promise<Daemon> {
  const { listens = '127.0.0.1', hosts = [], aliases = [], ttlSeconds = 60, upstream } = settings
  const daemon = new Daemon(namespace, [
    'dnsmasq',
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--log-facility=-', '--pid-file='],
    ...['--user=root', '--no-resolv', '--no-hosts', '--bind-interfaces', '--except-interface=lo0'],
    ...[`--listen-address=${listens}`, `--local-ttl=${ttlSeconds}`, '--log-queries'],
    ...hosts.map((host) => `--host-record=${host}`),
    ...aliases.map((alias) => `--cname=${alias}`),
    ...(upstream === undefined ? [] : [`--server=${upstream}`]),
  ])
  onTestFinished(() => daemon.stop('SIGKILL'))
  await daemon.says('started')
  return daemon
}

/** Whom programs of the namespace ask, once they are started by `ip netns exec`. */
export function useResolver(namespace: Namespace, address: string): void {
  const folder = `/etc/netns/${namespace.name}`
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(`${folder}/resolv.conf`, `nameserver ${address}\n`)
}
