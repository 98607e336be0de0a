import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { lock } from '../../tools/bootstrap/lock.js'
import { Points } from '../support/agent-points.ts'
import { agentBuild } from './agent-build.ts'
import { type Architecture, ownArchitecture } from './architectures.ts'
import { NotToBeHad } from './debian-packages.ts'
import { accepted, counted, growth, owners, planned, plannedToAccept, reported } from './figures.ts'
import { momentaryContainer, ports, refused } from './guest/plan.ts'
import type { AgentRun, GuestReport } from './guest/scenario.ts'
import { type KernelImage, kernelImage } from './kernel-images.ts'
import { bootGuest, hasEmulator } from './machine.ts'
import { doctorColumn, tableColumn } from './program-table.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Takes longer, and tools that nothing else needs: only if it is asked for (tools/bootstrap/test.js). */
const isArm64Wanted = process.env['NETTRACER_TEST_ARM64'] === '1'
const architectures: readonly Architecture[] = isArm64Wanted
  ? [ownArchitecture, 'arm64']
  : [ownArchitecture]

/** A kernel to boot; `undefined`, and a warning that cannot be overlooked, if it is not to be had. */
export function imageOrWarning(
  series: string,
  architecture: Architecture = ownArchitecture,
): KernelImage | undefined {
  // Nobody else prepares anything meanwhile.
  const letGo = lock(root)
  try {
    if (!hasEmulator(architecture)) throw new NotToBeHad('there is no qemu here')
    agentBuild(architecture)
    return kernelImage(series, architecture)
  } catch (thrown) {
    if (!(thrown instanceof NotToBeHad)) throw thrown
    process.stderr.write(
      `\n!!! NOT TESTED ON LINUX ${series} ${architecture}: ${thrown.message}\n\n`,
    )
    return undefined
  } finally {
    letGo()
  }
}

export const pointsOf = ({ metrics }: AgentRun): Points =>
  Points.of(
    metrics
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  )

/** What must hold on a kernel that takes the BPF programs, by its series such as `6.1`. */
export function testKernel(series: string): void {
  for (const architecture of architectures) {
    describe(`Linux ${series} ${architecture}`, () => {
      testOn(series, architecture)
    })
  }
}

function testOn(series: string, architecture: Architecture): void {
  // The netlink source takes as long again, and most of it does not depend on the processor.
  const hasNetlink = architecture === ownArchitecture
  const image = imageOrWarning(series, architecture)
  let report: GuestReport
  let run: AgentRun
  let points: Points

  beforeAll(async () => {
    if (image === undefined) return
    const sources = hasNetlink ? ['auto', 'inet_diag'] : ['auto']
    report = await bootGuest({ image, sources })
    run = report.runs[0] as AgentRun
    points = pointsOf(run)
  })

  test.skipIf(!image)(
    'doctor finds a source, and the programs that the documentation names',
    () => {
      expect(report).toMatchObject({ kernel: image?.release, doctor: { code: 0, stderr: '' } })
      expect(doctorColumn(report)).toEqual(tableColumn(series, architecture))
    },
  )

  test.skipIf(!image)('the agent ends well when it is told to', () => {
    expect(run.agent).toMatchObject({ code: 0, stdout: '' })
  })

  test.skipIf(!image)('connections, how they ended, and bytes are exact', () => {
    expect(reported(points)).toEqual(planned)
  })

  test.skipIf(!image)('both processes are known by name and pid', () => {
    expect(owners(points, 'client')).toEqual([`traffic-client ${run.clientPid}`])
    expect(owners(points, 'server')).toEqual([`traffic-server ${run.serverPid}`])
  })

  test.skipIf(!image)(
    'the container of a momentary process is known by the name of its control group',
    () => {
      const inIt = points.where({ 'container.id': momentaryContainer })
      expect(inIt.total('nettracer.connections.failed')).toBe(1)
    },
  )

  test.skipIf(!image)('times to accept are exact where they are seen, else absent', () => {
    const isSeen = tableColumn(series, architecture)['socket_accepted'] === 'yes'
    expect(accepted(points)).toEqual(isSeen ? plannedToAccept : {})
    if (!isSeen) return
    const [least, most] = run.waited
    const { min, max } = points
      .where({ 'server.port': String(ports.late) })
      .histogram('nettracer.accept.duration')
    expect(min).toBeGreaterThanOrEqual(least)
    expect(max).toBeLessThanOrEqual(most)
  })

  test.skipIf(!image)('rejected attempts are exact, and resets sent are the kernel’s', () => {
    const rejects = points.where({ 'server.port': String(ports.none) }).total('nettracer.rejects')
    const resets = points.where({ 'network.io.direction': 'transmit' }).total('nettracer.resets')
    expect({ rejects, resets }).toEqual({ rejects: refused, resets: growth(run.snmp, 'OutRsts') })
  })

  test.skipIf(!image || !hasNetlink)('inet_diag ends well, and what it can tell is exact', () => {
    const netlink = report.runs[1] as AgentRun
    expect(netlink.agent).toMatchObject({ code: 0, stdout: '' })
    expect(counted(reported(pointsOf(netlink)))).toEqual(counted(planned))
  })
}
