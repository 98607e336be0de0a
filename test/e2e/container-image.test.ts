import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { capabilities } from '../../src/source/capabilities.ts'
import { agentConfig, until } from '../support/agent.ts'
import { makeAgentImage } from '../support/agent-image.ts'
import { Points } from '../support/agent-points.ts'
import { bytesOf, end, exchange, link } from '../support/agent-traffic.ts'
import { startDocker } from '../support/docker.ts'
import type { Engine } from '../support/engine.ts'
import { enginePath, enginesAreThere } from '../support/engine-room.ts'
import { startPodman } from '../support/podman.ts'
import { openFolder } from '../support/privileges.ts'

const example = fileURLToPath(new URL('../../examples/docker/run.sh', import.meta.url))
const image = 'localhost/otel-nettracer:test'

const least = capabilities.filter(({ isExpected }) => isExpected).map(({ name }) => name)
const short = (names: readonly string[]) => names.map((name) => name.replace('CAP_', '')).join(' ')

const engines = [
  { name: 'podman', start: startPodman, granted: least },
  {
    // Debian's Docker does not know the capability BPF.
    name: 'docker',
    start: () => startDocker({ bridge: 'none' }),
    granted: ['CAP_SYS_ADMIN', ...least.slice(2)],
  },
] as const

describe.skipIf(!enginesAreThere()).each(engines)(
  'in a container of $name, as examples/docker/run.sh starts it',
  ({ name, start, granted }) => {
    let engine: Engine
    beforeAll(async () => {
      engine = await start()
      await makeAgentImage(engine, image)
    })
    afterAll(() => engine?.[Symbol.asyncDispose]())

    /** The command of the engine, as one word. */
    function commandOf(folder: string): string {
      const url = `unix://${engine.socket}`
      const command = name === 'podman' ? `podman --remote --url ${url}` : `docker -H ${url}`
      const path = join(folder, 'engine')
      writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
      return path
    }

    test('with the least rights the numbers are exact, and names are those of the processes', async () => {
      const folder = openFolder()
      const queue = join(folder, 'queue')
      mkdirSync(queue)
      const file = join(queue, 'metrics.jsonl')
      const config = join(folder, 'config.yaml')
      const exporters = { file: { path: '/var/lib/nettracer/metrics.jsonl' } }
      writeFileSync(config, stringify(agentConfig(exporters)), { mode: 0o600 })
      const id = execFileSync('sh', [example, config], {
        encoding: 'utf8',
        env: {
          PATH: enginePath,
          ENGINE: commandOf(folder),
          IMAGE: image,
          QUEUE: queue,
          CAPS: short(granted),
        },
      }).trim()
      const { State } = await engine.inspect(id)
      const said = () => engine.ask<string>('GET', `/v1.41/containers/${id}/logs?stderr=1`)
      await until('the agent in the container', async () => (await said()).includes('started'))

      const named = { env: { OTEL_SERVICE_NAME: 'shop' } }
      const traffic = await link(named, named)
      await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
      const rights = rightsOf(readFileSync(`/proc/${State.Pid}/status`, 'utf8'))
      await engine.ask('POST', `/v1.41/containers/${id}/stop?t=30`)

      const points = Points.inFile(file)
      expect(await said()).not.toContain('inet_diag')
      expect(bytesOf(points, traffic)).toEqual({
        client: [1_234_567, 7_654_321],
        server: [7_654_321, 1_234_567],
      })
      const [client] = end(points, traffic, 'client').named('nettracer.bytes_tx').resources()
      expect(client).toMatchObject({ 'service.name': 'shop', 'process.owner': 'root' })
      expect(rights).toEqual({ capabilities: bitsOf(granted), noNewPrivileges: 1, seccomp: 2 })
      expect((await engine.inspect(id)).State.ExitCode).toBe(0)
    })
  },
)

/** As the kernel tells them of a process. */
function rightsOf(status: string) {
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(status)?.[1] ?? ''
  return {
    capabilities: BigInt(`0x${field('CapEff')}`),
    noNewPrivileges: Number(field('NoNewPrivs')),
    seccomp: Number(field('Seccomp')),
  }
}

function bitsOf(names: readonly string[]): bigint {
  return capabilities
    .filter(({ name }) => names.includes(name))
    .reduce((bits, { bit }) => bits | (1n << BigInt(bit)), 0n)
}
