import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { parseRanges, type RangeKey } from '../../src/identity/range-file.ts'

const both: readonly RangeKey[] = ['region', 'service']

function ranges(content: unknown, keys = both, format: 'auto' | 'aws' | 'text' = 'auto') {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return parseRanges(Buffer.from(text), { format, keys })
}

const aws = {
  syncToken: '1',
  createDate: '2026-01-02-03-04-05',
  prefixes: [
    { ip_prefix: '52.94.0.0/16', region: 'eu-central-1', service: 'AMAZON' },
    { ip_prefix: '52.94.0.0/16', region: 'eu-central-1', service: 'S3' },
    { ip_prefix: '52.0.0.0/8', region: 'us-east-1', service: 'AMAZON' },
  ],
  ipv6_prefixes: [{ ipv6_prefix: '2600:1f00::/24', region: 'us-east-1', service: 'EC2' }],
}
const gcp = {
  syncToken: '1',
  creationTime: '2026-01-02T03:04:05',
  prefixes: [
    { ipv4Prefix: '34.1.0.0/16', service: 'Google Cloud', scope: 'europe-west1' },
    { ipv6Prefix: '2600:1900::/28', service: 'Google Cloud', scope: 'us-east1' },
  ],
}
const azure = {
  cloud: 'Public',
  values: [
    {
      name: 'AzureCloud.westeurope',
      properties: { region: 'westeurope', systemService: '', addressPrefixes: ['13.69.0.0/17'] },
    },
    {
      name: 'Storage.WestEurope',
      properties: {
        region: 'westeurope',
        systemService: 'AzureStorage',
        addressPrefixes: ['13.69.0.0/17', '2603:1020::/48'],
      },
    },
  ],
}

test.each([
  [aws, both, '52.94.1.1', 'aws:eu-central-1:S3'],
  [aws, both, '52.1.1.1', 'aws:us-east-1:AMAZON'],
  [aws, both, '2600:1f00::1', 'aws:us-east-1:EC2'],
  [aws, ['service'] as const, '52.94.1.1', 'aws:S3'],
  [aws, ['region'] as const, '52.94.1.1', 'aws:eu-central-1'],
  [aws, [] as const, '52.94.1.1', 'aws'],
  [aws, both, '8.8.8.8', undefined],
  [gcp, both, '34.1.2.3', 'gcp:europe-west1:Google-Cloud'],
  [gcp, ['region'] as const, '2600:1900::1', 'gcp:us-east1'],
  [azure, both, '13.69.1.1', 'azure:westeurope:AzureStorage'],
  [azure, ['region'] as const, '2603:1020::1', 'azure:westeurope'],
])('%# names an address by the keys wanted', async (file, keys, address, name) => {
  expect((await ranges(file, keys)).find(address)).toBe(name)
})

test('lines have a CIDR and a name, and remarks', async () => {
  const table = await ranges(
    '# offices\n10.1.0.0/16 office berlin\n\n 2001:db8::/32\tlab # later\n',
  )
  expect(table.find('10.1.2.3')).toBe('office-berlin')
  expect(table.find('2001:db8::1')).toBe('lab')
})

test.each([
  ['10.0.0.0/8 a\n10.0.0.0 b', 'line 2: not a CIDR: "10.0.0.0"'],
  ['\n10.0.0.0/8', 'line 2: a name is missing behind "10.0.0.0/8"'],
  [{ createDate: '', prefixes: [{ ip_prefix: 7 }] }, 'prefixes[0]: not a CIDR: 7'],
  [{ createDate: '', prefixes: [7] }, 'prefixes[0]: not an object'],
  [{ prefixes: [{}] }, 'prefixes[0]: not a CIDR: nothing'],
  [{ prefixes: 'a' }, '$: prefixes is not a list'],
  [{ values: [{}] }, 'values[0].properties: not an object'],
  [
    { values: [{ properties: { addressPrefixes: ['a'] } }] },
    'values[0].properties.addressPrefixes[0]: not a CIDR: "a"',
  ],
])('%j is refused with the place', async (content, message) => {
  await expect(ranges(content)).rejects.toThrow(message)
})

test('JSON that is cut off is refused', async () => {
  await expect(ranges(JSON.stringify(aws).slice(0, -20))).rejects.toThrow(SyntaxError)
})

test('whatever stands in a name, it has no spaces and an end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), fc.string(), async (region, service) => {
      const range = { ip_prefix: '10.0.0.0/8', region, service: `${service} x` }
      const table = await ranges({ prefixes: [range] }, both, 'aws')
      const name = table.find('10.0.0.1')
      expect(name).toMatch(/^[^\s\p{Cc}]{1,63}$/u)
    }),
  )
})

test('while many ranges are read, everything else goes on', async () => {
  const count = 100_000
  const lines = Array.from(
    { length: count },
    (_, at) => `10.${at >> 9}.${(at >> 1) & 255}.${(at & 1) * 128}/25 n${at}`,
  )
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  })
  onTestFinished(() => clearInterval(timer))
  const table = await ranges(lines.toReversed().join('\n'))
  expect(turns).toBeGreaterThan(0)
  expect(table.find('10.0.0.1')).toBe('n0')
  expect(table.find('10.195.79.255')).toBe(`n${count - 1}`)
  expect(table.find('10.195.80.0')).toBeUndefined()
})

test('more ranges than fit are refused', async () => {
  const line = '10.0.0.0/8 a\n'
  await expect(ranges(line.repeat(500_001))).rejects.toThrow('more than 500000 ranges')
})
