/**
 * Cuts a list after a number of what its items hold, in order; an item that lies across the cut is cut as well.
 *
 * @param count how many an item holds
 * @returns the first `wanted` (all, if there are fewer), and the rest
 */
export function cut<T>(
  items: readonly T[],
  wanted: number,
  count: (item: T) => number,
  cutItem: (item: T, at: number) => [T, T],
): [T[], T[]] {
  let left = wanted
  for (const [index, item] of items.entries()) {
    const own = count(item)
    if (own > left) {
      const rest = items.slice(index + 1)
      if (left <= 0) return [items.slice(0, index), [item, ...rest]]
      const [head, tail] = cutItem(item, left)
      return [
        [...items.slice(0, index), head],
        [tail, ...rest],
      ]
    }
    left -= own
  }
  return [[...items], []]
}
