const maxLength = 64

/** The known word nearest to what was written, if it is near enough to be a slip. */
export function suggest(written: string, known: readonly string[]): string | undefined {
  if (written.length > maxLength) return undefined
  const lower = written.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.min(3, Math.floor(written.length / 3)) + 1
  for (const word of known) {
    const distance = editDistance(lower, word.toLowerCase())
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** ` did you mean "x"?`, or nothing. */
export function didYouMean(written: string, known: readonly string[]): string {
  const word = suggest(written, known)
  return word === undefined ? '' : `, did you mean ${JSON.stringify(word)}?`
}

const maxListed = 40

/** Names for a message; of very many only the first. */
export function listed(names: readonly string[]): string {
  const more = names.length - maxListed
  const text = names.slice(0, maxListed).join(', ')
  return more > 0 ? `${text} and ${more} more` : text
}

/** Insertions, removals, replacements, and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 4
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const cost = (back: number, left: number): number =>
        (back === 0 ? current : rows.at(-back))?.[column - left] ?? 0
      const isSame = a[row - 1] === b[column - 1]
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const change = cost(1, 1) + (isSame ? 0 : 1)
      const swap = isSwap ? cost(2, 2) + 1 : change
      current.push(Math.min(cost(1, 0) + 1, cost(0, 1) + 1, change, swap))
    }
    rows.push(current)
  }
  return rows.at(-1)?.[b.length] ?? 0
}
