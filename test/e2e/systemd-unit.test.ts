import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { capabilities } from '../../src/source/capabilities.ts'
import { Agent, main, otlpTo } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { bytesOf, exchange, link } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { OtlpHttpReceiver } from '../support/otlp-http-server.ts'
import { OtlpReceiver } from '../support/otlp-server.ts'
import { isReadableByAll, openFolder, withCapabilities } from '../support/privileges.ts'
import { allowedCalls, familyNumbers, readUnit, wordsOf } from '../support/systemd-unit.ts'

const path = fileURLToPath(
  new URL('../../examples/systemd/otel-nettracer.service', import.meta.url),
)
const loader = fileURLToPath(new URL('../support/seccomp.py', import.meta.url))
const unit = readUnit(path)
const isPossible = isReadableByAll(main) && isReadableByAll(process.execPath)

/** What `ProtectSystem=strict` and `ProtectControlGroups=yes` do: nothing can be written but in one folder. */
const readOnly = `
mount --bind "$1" "$1"
mount --bind /proc/sys /proc/sys
for place in / /sys /sys/fs/cgroup /sys/fs/cgroup/unified /proc/sys; do
  if mountpoint -q "$place"; then mount -o remount,bind,ro "$place"; fi
done
shift
exec "$@"`

/** As systemd runs it: its user's rights, its filter of system calls, its view of files. */
function asUnit(folder: string): string[] {
  const calls = allowedCalls(unit.get('SystemCallFilter') ?? [])
    // RestrictNamespaces=yes
    .filter((name) => !['setns', 'unshare', 'clone3'].includes(name))
  const families = familyNumbers(wordsOf(unit, 'RestrictAddressFamilies'))
  return [
    ...['unshare', '--mount', '--propagation=private', 'sh', '-ec', readOnly, 'sh', folder],
    ...withCapabilities(wordsOf(unit, 'AmbientCapabilities')),
    ...['python3', loader, calls.join(','), families.join(',')],
  ]
}

test('systemd takes the unit without a remark', () => {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], {
    encoding: 'utf8',
  })
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
})

test('systemd finds an exposure of at most 5', () => {
  const command = ['security', '--offline=true', '--threshold=50', '--no-pager', path]
  const said = execFileSync('systemd-analyze', command, { encoding: 'utf8' })
  const level = /Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]
  expect(Number(level)).toBeLessThanOrEqual(5)
})

test('the unit grants the capabilities that the agent is meant to have', () => {
  const least = capabilities.filter(({ isExpected }) => isExpected).map(({ name }) => name)
  expect(wordsOf(unit, 'AmbientCapabilities')).toEqual(least)
  expect(wordsOf(unit, 'CapabilityBoundingSet')).toEqual(least)
})

describe.skipIf(!isPossible)('with the rights, the filter and the files of the unit', () => {
  test('each exporter and extension works, and numbers are exact', async () => {
    const folder = openFolder()
    const file = join(folder, 'metrics.jsonl')
    const grpc = await OtlpReceiver.start()
    const http = await OtlpHttpReceiver.start()
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()])
    const [page, health, zpages, pprof] = ports.map((port) => `127.0.0.1:${port}`)
    const queue = { storage: 'file_storage' }
    const exporters = {
      file: { path: file },
      'file/packed': { path: join(folder, 'packed.bin'), format: 'proto', compression: 'zstd' },
      otlp: otlpTo(grpc.port, { sending_queue: queue }),
      otlphttp: { endpoint: `http://localhost:${http.port}`, sending_queue: queue },
      prometheus: { endpoint: page },
      debug: {},
      console: {},
    }
    const config = {
      receivers: { nettracer: { collection_interval: '1s' } },
      exporters,
      extensions: {
        file_storage: { directory: join(folder, 'queue'), create_directory: true },
        health_check: { endpoint: health },
        zpages: { endpoint: zpages },
        pprof: { endpoint: pprof },
      },
      service: {
        extensions: ['file_storage', 'health_check', 'zpages', 'pprof'],
        pipelines: {
          metrics: { receivers: ['nettracer'], exporters: Object.keys(exporters) },
          logs: { receivers: ['nettracer'], exporters: ['otlp', 'debug'] },
        },
      },
    }
    const agent = await Agent.start({
      args: ['--config', `yaml:${stringify(config)}`],
      through: asUnit(folder),
    })
    const traffic = await link()
    await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
    const pages = [
      `http://${page}/metrics`,
      `http://${health}/`,
      `http://${zpages}/debug/servicez`,
      `http://${pprof}/debug/pprof/profile?seconds=1`,
    ]
    const answers = await Promise.all(pages.map(async (one) => (await fetch(one)).status))
    expect(answers).toEqual([200, 200, 200, 200])
    agent.signal('SIGHUP')
    await agent.says('reload')
    await agent.stop()

    expect(bytesOf(Points.inFile(file), traffic)).toEqual({
      client: [1_234_567, 7_654_321],
      server: [7_654_321, 1_234_567],
    })
    expect(agent.stderr).not.toMatch(/ (WARN|ERROR) /)
    expect(grpc.received.length).toBeGreaterThan(0)
    expect(http.received.length).toBeGreaterThan(0)
  })
})
