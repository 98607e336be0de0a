const pending = new Set<() => void>()

/**
 * Has something undone even if the benchmarks are ended by a signal.
 *
 * @returns does it now, once
 */
export function undoLater(undo: () => void): () => void {
  const once = (): void => {
    if (pending.delete(once)) undo()
  }
  pending.add(once)
  return once
}

/** For the program's edge: what is pending is undone when the process ends, by itself or by a signal. */
export function undoAtExit(): void {
  process.on('exit', () => {
    for (const undo of [...pending].toReversed()) undo()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1))
  }
}
