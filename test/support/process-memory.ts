import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const chunkBytes = 4 << 20

/** How often a text stands in the writable memory of a process, in UTF-8 or UTF-16. Needs the right to read it. */
export function timesInMemory(pid: number, text: string): number {
  const wanted = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]
  const longest = Math.max(...wanted.map(({ length }) => length))
  const chunk = Buffer.alloc(chunkBytes)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  let times = 0
  try {
    for (const { start, end } of writableRanges(pid)) {
      // Ranges overlap by the length of the text, so that none is missed where two meet.
      for (let at = start; at < end; at += chunkBytes - longest) {
        const bytes = chunk.subarray(0, readAt(memory, chunk, at, Math.min(chunkBytes, end - at)))
        times += wanted.filter((one) => bytes.includes(one)).length
        if (at + chunkBytes >= end) break
      }
    }
  } finally {
    closeSync(memory)
  }
  return times
}

/** Without those that no page was ever touched of: V8 reserves gigabytes. */
function writableRanges(pid: number): { start: number; end: number }[] {
  const mappings = readFileSync(`/proc/${pid}/smaps`, 'utf8').matchAll(
    /^([0-9a-f]+)-([0-9a-f]+) rw[^\n]*\n(?:[A-Z]\w*:[^\n]*\n)*?Rss: +(\d+) kB$/gm,
  )
  return [...mappings]
    .filter(([, , , resident]) => Number(resident) > 0)
    .map(([, start = '', end = '']) => ({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
    }))
}

/** Bytes read; 0 where the kernel has nothing to show, as of pages that were never touched by now. */
function readAt(memory: number, into: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, into, 0, length, at)
  } catch {
    return 0
  }
}
