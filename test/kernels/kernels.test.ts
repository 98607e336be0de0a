import { beforeAll, describe, expect, test } from 'vitest'
import { Points } from '../support/agent-points.ts'
import { agentBuild } from './agent-build.ts'
import { type Architecture, ownArchitecture } from './architectures.ts'
import { NotToBeHad } from './debian-packages.ts'
import { accepted, counted, growth, owners, planned, plannedToAccept, reported } from './figures.ts'
import { ports, refused } from './guest/plan.ts'
import type { AgentRun, GuestReport } from './guest/scenario.ts'
import { type KernelImage, kernelImage } from './kernel-images.ts'
import { bootGuest, hasEmulator } from './machine.ts'
import { doctorColumn, tableColumn } from './program-table.ts'

/** Takes longer, and tools that nothing else needs: only if it is asked for (tools/bootstrap/test.js). */
const isArm64Wanted = process.env['NETTRACER_TEST_ARM64'] === '1'
const kernels: readonly {
  readonly series: string
  readonly architecture: Architecture
  /** Whether the netlink source is run there too, which takes as long again. */
  readonly hasNetlink?: boolean
}[] = [
  { series: '6.1', architecture: ownArchitecture, hasNetlink: true },
  { series: '6.12', architecture: ownArchitecture, hasNetlink: true },
  ...(isArm64Wanted
    ? [
        { series: '6.1', architecture: 'arm64' as const },
        { series: '6.12', architecture: 'arm64' as const },
      ]
    : []),
]

function imageOrWarning(
  series: string,
  architecture: Architecture = ownArchitecture,
): KernelImage | undefined {
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
  }
}

const pointsOf = ({ metrics }: AgentRun): Points =>
  Points.of(
    metrics
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  )

describe.each(kernels)('Linux $series $architecture', (kernel) => {
  const { series, architecture, hasNetlink = false } = kernel
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
})

describe('Linux 5.10, which has no socket storage for tracing programs', () => {
  const image = imageOrWarning('5.10')
  let report: GuestReport

  beforeAll(async () => {
    if (image !== undefined) report = await bootGuest({ image, sources: ['auto', 'ebpf'] })
  })

  test.skipIf(!image)('doctor says why inet_diag would be used', () => {
    expect(report).toMatchObject({
      kernel: image?.release,
      doctor: {
        code: 0,
        stdout: expect.stringMatching(
          /FAIL +kernel: Linux 5\.10.*\n +to do: a kernel of 5\.1\d[^]*\nFAIL +source ebpf: .*[^]*\nok +source: inet_diag/,
        ),
      },
    })
  })

  test.skipIf(!image)('auto comes to inet_diag, whose counts are exact', () => {
    const run = report.runs[0] as AgentRun
    expect(run.agent).toMatchObject({ code: 0, stdout: '' })
    expect(counted(reported(pointsOf(run)))).toEqual(counted(planned))
  })

  test.skipIf(!image)('with source: ebpf the agent ends with 2', () => {
    expect(report.runs[1]?.agent.code).toBe(2)
  })
})
