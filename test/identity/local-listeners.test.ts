import { mkdirSync, mkdtempSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { LocalListeners } from '../../src/identity/local-listeners.ts'
import { localIpv4, localIpv6, NamespaceAddresses } from '../../src/identity/namespace-addresses.ts'
import { flow, listener, processKey } from '../support/increment.ts'

let procRoot: string
beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
})

const trieOf = (addresses: readonly string[]) =>
  [
    'Main:',
    '  +-- 0.0.0.0/0 3 0 5',
    '     |-- 10.9.0.0',
    '        /24 link UNICAST',
    'Local:',
    '  +-- 0.0.0.0/0 3 0 5',
    ...addresses.flatMap((address) => [`     |-- ${address}`, '        /32 host LOCAL']),
    '     |-- 10.9.0.255',
    '        /32 link BROADCAST',
    '',
  ].join('\n')

function processIn(pid: number, netns: number, addresses: readonly string[]): void {
  const root = join(procRoot, String(pid))
  mkdirSync(join(root, 'ns'), { recursive: true })
  mkdirSync(join(root, 'net'), { recursive: true })
  symlinkSync(`net:[${netns}]`, join(root, 'ns/net'))
  writeFileSync(join(root, 'net/fib_trie'), trieOf(addresses))
  writeFileSync(
    join(root, 'net/if_inet6'),
    `20010db8000000000000000000000${String(netns).padStart(3, '0')} 02 40 00 80 eth0\n`,
  )
}

const names: Record<number, string> = { 1: 'host-db', 2: 'box-db', 3: 'other', 11: 'host-db' }

function book(...listening: { pid: number; netns: number; address: string; port?: number }[]) {
  const listeners = new LocalListeners({
    procRoot,
    serviceOf: ({ pid }) => (names[pid] === undefined ? undefined : { name: names[pid] }),
  })
  const meet = () => {
    for (const { pid, netns, address, port = 5432 } of listening) {
      const own = flow({ process: processKey(pid), netns, role: 'server', servicePort: port })
      listeners.met(listener({ flow: own, localAddress: address }))
    }
    listeners.refresh(0)
  }
  meet()
  const find = (netns: number, address: string, isLoopback = false) =>
    listeners.find({ netns, servicePort: 5432 }, address, isLoopback)?.name
  return { listeners, find, listening, meet }
}

test('who listens in the own namespace is found on loopback, and only there', () => {
  processIn(1, 100, ['10.0.0.1'])
  processIn(2, 200, ['172.17.0.2'])
  const { find } = book(
    { pid: 1, netns: 100, address: '127.0.0.1' },
    { pid: 2, netns: 200, address: '0.0.0.0' },
  )
  expect(find(100, '127.0.0.1', true)).toBe('host-db')
  expect(find(200, '127.0.0.1', true)).toBe('box-db')
  expect(find(300, '127.0.0.1', true)).toBeUndefined()
  // Bound to loopback alone.
  expect(find(100, '10.0.0.1')).toBeUndefined()
})

test("a container's address leads to who listens in it, from any namespace", () => {
  processIn(2, 200, ['172.17.0.2'])
  const { find } = book({ pid: 2, netns: 200, address: '::' })
  expect(find(100, '172.17.0.2')).toBe('box-db')
  expect(find(100, '2001:db8::200')).toBe('box-db')
  expect(find(100, '172.17.0.3')).toBeUndefined()
})

test('two services at one address and port are none, two processes of one service are it', () => {
  processIn(1, 100, ['10.0.0.1'])
  const shared = { netns: 100, address: '0.0.0.0' }
  expect(book({ pid: 1, ...shared }, { pid: 3, ...shared }).find(100, '10.0.0.1')).toBeUndefined()
  expect(book({ pid: 1, ...shared }, { pid: 11, ...shared }).find(100, '10.0.0.1')).toBe('host-db')
  expect(book({ pid: 1, ...shared }, { pid: 9, ...shared }).find(100, '10.0.0.1')).toBeUndefined()
})

test('who is bound to the address comes before who is to all of IPv4, and that before all of IPv6', () => {
  processIn(1, 100, ['10.0.0.1', '10.0.0.2'])
  const { find } = book(
    { pid: 1, netns: 100, address: '::' },
    { pid: 2, netns: 100, address: '0.0.0.0' },
    { pid: 3, netns: 100, address: '10.0.0.1' },
  )
  expect(find(100, '10.0.0.1')).toBe('other')
  expect(find(100, '10.0.0.2')).toBe('box-db')
  expect(find(100, '2001:db8::100')).toBe('host-db')
})

test('an address of several namespaces is that of the own one, and else of none', () => {
  processIn(1, 100, ['192.168.0.1'])
  processIn(2, 200, ['192.168.0.1'])
  const { find } = book(
    { pid: 1, netns: 100, address: '0.0.0.0' },
    { pid: 2, netns: 200, address: '0.0.0.0' },
  )
  expect(find(200, '192.168.0.1')).toBe('box-db')
  expect(find(300, '192.168.0.1')).toBeUndefined()
})

test('a socket that is gone is forgotten, and the epoch tells of coming and going', () => {
  processIn(1, 100, ['10.0.0.1'])
  const { listeners, find, listening, meet } = book({ pid: 1, netns: 100, address: '0.0.0.0' })
  const { epoch } = listeners
  meet()
  expect(listeners.epoch).toBe(epoch)
  listening.length = 0
  meet()
  expect(listeners.epoch).toBeGreaterThan(epoch)
  expect(find(100, '10.0.0.1')).toBeUndefined()
})

test('a process that left the namespace tells nothing of it', () => {
  processIn(1, 100, ['10.0.0.1'])
  const addresses = new NamespaceAddresses(procRoot)
  addresses.refresh(new Map([[200, 1]]), new Set(), 0)
  expect(addresses.find('10.0.0.1', 300)).toBeUndefined()
})

test('a namespace is read again when something changed in it, or after a minute', () => {
  processIn(1, 100, ['10.0.0.1'])
  const addresses = new NamespaceAddresses(procRoot)
  const wanted = new Map([[100, 1]])
  addresses.refresh(wanted, new Set(), 0)
  writeFileSync(join(procRoot, '1/net/fib_trie'), trieOf(['10.0.0.2']))
  addresses.refresh(wanted, new Set(), 1_000)
  expect(addresses.find('10.0.0.2', 100)).toBeUndefined()
  addresses.refresh(wanted, new Set([100]), 2_000)
  expect(addresses.find('10.0.0.2', 100)).toBe(100)
  writeFileSync(join(procRoot, '1/net/fib_trie'), trieOf(['10.0.0.3']))
  addresses.refresh(wanted, new Set(), 70_000)
  expect(addresses.find('10.0.0.3', 100)).toBe(100)
})

test("the kernel's own files tell the addresses that the interfaces have", () => {
  const netns = Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))?.[0])
  const addresses = new NamespaceAddresses()
  addresses.refresh(new Map([[netns, process.pid]]), new Set(), 0)
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const outside = own.filter((one) => !one.internal && !one.address.startsWith('fe80'))
  for (const { address } of outside) expect(addresses.find(address, 0)).toBe(netns)
  expect(addresses.find('192.0.2.77', netns)).toBeUndefined()
})

test('broadcast, loopback and link-local addresses are no places to be found at', () => {
  expect(localIpv4(trieOf(['127.0.0.1', '10.0.0.1', '10.0.0.1']))).toEqual(['10.0.0.1'])
  const lines = [
    '00000000000000000000000000000001 01 80 10 80 lo',
    'fe800000000000000000000000000001 02 40 20 80 eth0',
    '20010db8000000000000000000000007 02 40 00 80 eth0',
    'damaged',
  ]
  expect(localIpv6(lines.join('\n'))).toEqual(['2001:db8::7'])
})
