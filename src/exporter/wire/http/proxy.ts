import { BlockList, isIP } from 'node:net'
import { NettracerError } from '../../../shared/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL as Go's HTTP client chooses it: HTTPS_PROXY or HTTP_PROXY, in upper case first, unless NO_PROXY
 * names the host; never for this host.
 *
 * @returns `undefined`: none
 * @throws NettracerError that names the variable if it holds no URL of an HTTP proxy
 */
export function proxyFromEnvironment(url: URL, env: Environment): URL | undefined {
  const isTls = url.protocol === 'https:'
  const name = isTls ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const value = read(env, name)
  // A CGI program gets the header "Proxy" of whoever calls it as HTTP_PROXY.
  if (value === '' || (!isTls && read(env, 'REQUEST_METHOD') !== '')) return undefined
  if (!needsProxy(url, read(env, 'NO_PROXY'))) return undefined
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  const fault = proxyFault(text)
  if (fault === undefined) return new URL(text)
  throw new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `the variable ${name}: ${fault}`)
}

/** @returns what is wrong with the URL of a proxy, if anything; never repeats it, since it may hold a password */
export function proxyFault(text: string): string | undefined {
  if (/^socks/i.test(text)) return 'SOCKS proxies are not supported here: use http:// or https://'
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return undefined
  return 'not a URL of a proxy: write http://HOST:PORT or https://HOST:PORT'
}

function read(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || ''
}

function needsProxy(url: URL, noProxy: string): boolean {
  const host = bare(url.hostname)
  if (host === 'localhost' || isLoopback(host)) return false
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return !noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => names(entry, host, port))
}

/** Whether an entry of NO_PROXY means a host: `*`, a CIDR, or an address or domain with or without a port. */
function names(entry: string, host: string, port: string): boolean {
  if (entry === '' || entry === '*') return entry === '*'
  if (entry.includes('/')) return isInNetwork(entry, host)
  const [, name = entry, only = port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (only !== port) return false
  const wanted = bare(name)
  return isIP(wanted) === 0 ? isWithin(wanted, host) : sameAddress(wanted, host)
}

/** `.a.b` and `*.a.b` mean what is below, `a.b` itself as well. */
function isWithin(domain: string, host: string): boolean {
  const end = domain.replace(/^\*?\./, '')
  if (end === '') return false
  return host.endsWith(`.${end}`) || (end === domain && host === end)
}

function isInNetwork(cidr: string, host: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/')
  const bits = Number(prefix)
  const version = isIP(network)
  if (version === 0 || !/^\d+$/.test(prefix) || bits > (version === 4 ? 32 : 128)) return false
  if (isIP(host) === 0) return false
  const list = new BlockList()
  list.addSubnet(network, bits, familyOf(network))
  return list.check(host, familyOf(host))
}

function sameAddress(one: string, other: string): boolean {
  if (isIP(other) === 0) return false
  const list = new BlockList()
  list.addAddress(one, familyOf(one))
  return list.check(other, familyOf(other))
}

const isLoopback = (host: string): boolean =>
  isInNetwork('127.0.0.0/8', host) || sameAddress('::1', host)

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const bare = (host: string): string => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
