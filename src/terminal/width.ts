import { escapeUnprintable } from '../shared/escape.ts'

const marks = /^[\p{Mn}\p{Me}\ufe00-\ufe0f]$/u
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u
const sgr = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g')

/** Cells that a text takes on a terminal; colours take none. An approximation: terminals differ on rare characters. */
export function displayWidth(text: string): number {
  let cells = 0
  for (const character of text.replace(sgr, '')) cells += characterWidth(character)
  return cells
}

/** Makes foreign text safe and exactly `cells` wide: a long one loses its middle, where names differ least. */
export function fit(text: string, cells: number): string {
  const safe = escapeUnprintable(text)
  const width = displayWidth(safe)
  if (width <= cells) return safe + ' '.repeat(cells - width)
  const characters = Array.from(safe)
  const tailCells = Math.floor((cells - 1) / 2)
  const head = take(characters, cells - 1 - tailCells)
  const tail = take(characters.toReversed(), tailCells)
  const cut = `${head.join('')}…${tail.toReversed().join('')}`
  return cut + ' '.repeat(Math.max(0, cells - displayWidth(cut)))
}

/** Cuts a finished line that is too wide, without its colours in that case. */
export function clip(line: string, cells: number): string {
  if (displayWidth(line) <= cells) return line
  return `${take(Array.from(line.replace(sgr, '')), cells - 1).join('')}…`
}

/** Breaks text between words into lines of a width; a word that is wider stays whole. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > cells) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

function take(characters: readonly string[], cells: number): string[] {
  const taken: string[] = []
  let used = 0
  for (const character of characters) {
    used += characterWidth(character)
    if (used > cells) break
    taken.push(character)
  }
  return taken
}

function characterWidth(character: string): number {
  if (character < '\u0300') return 1
  if (marks.test(character)) return 0
  return wide.test(character) ? 2 : 1
}
