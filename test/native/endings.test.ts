import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { stages } from './lifecycle.js'

const script = fileURLToPath(new URL('lifecycle.js', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const all = Object.keys(stages)

interface Ending {
  readonly code: number | string | null
  readonly stderr: string
}

async function runStage(
  stage: string,
  ending: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ending> {
  try {
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', script, stage, ending],
      { env: { ...process.env, ...env } },
    )
    return { code: 0, stderr }
  } catch (thrown) {
    const { code, signal, stderr } = thrown as { code: number; signal: string; stderr: string }
    return { code: signal ?? code, stderr }
  }
}

describe.each(all)('a process whose tracer is: %s', (stage) => {
  test('ends on its own with 0', async () => {
    expect(await runStage(stage, 'end')).toEqual({ code: 0, stderr: '' })
  })

  test('exits with its own code', async () => {
    expect(await runStage(stage, 'exit')).toEqual({ code: 7, stderr: '' })
  })

  test('that throws ends with 1', async () => {
    const { code, stderr } = await runStage(stage, 'throw')
    expect(code).toBe(1)
    expect(stderr).toContain('Error: as told')
  })
})

describe.each(all)('a worker whose tracer is: %s', (stage) => {
  test('is terminated without harm to the process', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await runStage(stage, 'terminate')).toEqual({ code: 0, stderr: '' })
    }
  })
})

test('workers have tracers of their own, at once', async () => {
  expect(await runStage('passes done', 'three')).toEqual({ code: 0, stderr: '' })
})

test('workers that are terminated at any moment of their life harm nothing', async () => {
  expect(await runStage('pass under way', 'any moment')).toEqual({ code: 0, stderr: '' })
})

const libasan = execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
const hasLibasan = existsSync(libasan) && libasan.startsWith('/')
if (!hasLibasan) console.error('SKIPPED: AddressSanitizer tests, since g++ has no libasan.so')

describe.skipIf(!hasLibasan)('under AddressSanitizer', () => {
  beforeAll(() => {
    execFileSync('make', ['asan'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  })

  test.each(all)('no stage has a fault: %s', async (stage) => {
    const env = {
      NETTRACER_TEST_ADDON: `${root}/build/asan/nettracer.node`,
      LD_PRELOAD: libasan,
      ASAN_OPTIONS: 'detect_leaks=0',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    }
    expect(await runStage(stage, 'end', env)).toEqual({ code: 0, stderr: '' })
    expect(await runStage(stage, 'exit', env)).toEqual({ code: 7, stderr: '' })
    expect(await runStage(stage, 'terminate', env)).toEqual({ code: 0, stderr: '' })
  })
})
