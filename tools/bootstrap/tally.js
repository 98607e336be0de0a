// One line from vitest's JSON report: `N passed, N failed`, and `, N skipped` if there are any.

/**
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: readonly { status: string, assertionResults: readonly { status: string }[] }[],
 * }} Report
 */

/**
 * A file that failed without a failed test of its own (it did not load, a hook threw) counts as one
 * failure, and so does a run that failed for a reason that is no test's.
 * @param {Report} report
 * @param {number} exitCode vitest's
 */
export function tally(report, exitCode) {
  const passed = report.numPassedTests
  const skipped = report.numPendingTests + report.numTodoTests
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length
  const known = report.numFailedTests + brokenFiles
  const failed = known === 0 && exitCode !== 0 ? 1 : known
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return { line, isGreen: failed === 0 && passed > 0 }
}
