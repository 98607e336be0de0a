import { expect, test } from 'vitest'
import { tally } from '../../../tools/bootstrap/tally.js'

const green = { status: 'passed', assertionResults: [{ status: 'passed' }] }
const red = { status: 'failed', assertionResults: [{ status: 'failed' }] }
const broken = { status: 'failed', assertionResults: [] }

function report(counts: Partial<Parameters<typeof tally>[0]>): Parameters<typeof tally>[0] {
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  return { ...none, testResults: [green], ...counts }
}

test.each([
  {
    name: 'all passed',
    of: report({ numPassedTests: 3 }),
    exitCode: 0,
    line: '3 passed, 0 failed',
    isGreen: true,
  },
  {
    name: 'skipped tests are told and are no failure',
    of: report({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 }),
    exitCode: 0,
    line: '3 passed, 0 failed, 2 skipped',
    isGreen: true,
  },
  {
    name: 'a failed test',
    of: report({ numPassedTests: 3, numFailedTests: 2, testResults: [green, red] }),
    exitCode: 1,
    line: '3 passed, 2 failed',
    isGreen: false,
  },
  {
    name: 'a file that did not load is a failure beside the failed tests',
    of: report({ numPassedTests: 3, numFailedTests: 1, testResults: [green, red, broken] }),
    exitCode: 1,
    line: '3 passed, 2 failed',
    isGreen: false,
  },
  {
    name: 'an error that belongs to no test is a failure',
    of: report({ numPassedTests: 3 }),
    exitCode: 1,
    line: '3 passed, 1 failed',
    isGreen: false,
  },
  {
    name: 'a run without tests is not green',
    of: report({ testResults: [] }),
    exitCode: 0,
    line: '0 passed, 0 failed',
    isGreen: false,
  },
])('$name', ({ of, exitCode, line, isGreen }) => {
  expect(tally(of, exitCode)).toEqual({ line, isGreen })
})
