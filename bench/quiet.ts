/**
 * What a run of a program that leaves at once takes on a quiet machine, in ns: its call and the run-time statistics
 * themselves. Every figure of a run has that in it.
 */
const quietRunNs = 68

/**
 * A figure as the quiet machine would have it: the budgets are meant for that. The same machine may be slower by half
 * or more for minutes, for what its host does; then a run that leaves at once is as well. Never more than was measured,
 * and on a quiet machine just what was measured.
 *
 * @param leavesAtOnce what such a run took at the same time, in ns
 */
export function asIfQuiet(measured: number, leavesAtOnce: number): number {
  return measured * Math.min(1, quietRunNs / leavesAtOnce)
}
