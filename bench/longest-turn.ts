/** The most CPU that the main thread uses between two turns of the event loop, in ms: what else waits for that long. */
export async function longestTurn(work: () => Promise<void>): Promise<number> {
  let isDone = false
  let longest = 0
  let before = threadMs()
  const turn = () => {
    const now = threadMs()
    longest = Math.max(longest, now - before)
    before = now
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isDone = true
  return longest
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
