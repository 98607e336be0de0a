import { expect, test } from 'vitest'
import { Screen } from '../../../src/exporter/console/screen.ts'

/** A terminal of some width, as far as the screen uses one. Lines scroll up for ever. */
class Terminal {
  readonly lines: string[] = ['']
  #row = 0
  #column = 0

  write(text: string): void {
    const parts =
      text.match(new RegExp(`${String.fromCharCode(27)}\\[\\d*[AKJ]|[\\r\\n]|.`, 'gu')) ?? []
    for (const part of parts) this.#apply(part)
  }

  #apply(part: string): void {
    const line = this.lines[this.#row] ?? ''
    if (part === '\r') this.#column = 0
    else if (part === '\n') {
      this.#row += 1
      this.#column = 0
      this.lines[this.#row] ??= ''
    } else if (part.endsWith('A') && part.length > 1) this.#row -= Number(part.slice(2, -1))
    else if (part.endsWith('[K')) this.lines[this.#row] = line.slice(0, this.#column)
    else if (part.endsWith('[J')) {
      this.lines[this.#row] = line.slice(0, this.#column)
      this.lines.splice(this.#row + 1)
    } else {
      this.lines[this.#row] = line.slice(0, this.#column) + part + line.slice(this.#column + 1)
      this.#column += 1
    }
  }
}

test('a table takes the place of the one before, longer or shorter, and nothing else', () => {
  const terminal = new Terminal()
  const screen = new Screen()
  terminal.write('$ sudo npm start\n')
  for (const lines of [
    ['waiting'],
    ['head', 'row 1', 'row 2'],
    ['HEAD'],
    ['head', 'a longer row', 'x'],
  ]) {
    terminal.write(screen.draw(lines, 80))
    expect(terminal.lines).toEqual(['$ sudo npm start', ...lines, ''])
  }
})

test('lines that a narrower terminal has wrapped are counted as it shows them', () => {
  const screen = new Screen()
  screen.draw(['x'.repeat(100), '', 'y'.repeat(50)], 100)
  expect(screen.draw(['z'], 50)).toContain('[4A')
})
