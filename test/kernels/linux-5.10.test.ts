import { beforeAll, describe, expect, test } from 'vitest'
import { counted, planned, reported } from './figures.ts'
import type { AgentRun, GuestReport } from './guest/scenario.ts'
import { bootGuest } from './machine.ts'
import { imageOrWarning, pointsOf } from './on-kernel.ts'

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
