import { displayWidth } from '../../terminal/width.ts'

/** Rewrites a block of lines in place. It stays where it began, so what was above can still be scrolled to. */
export class Screen {
  #widths: readonly number[] = []

  /**
   * @param cells width of the terminal now: a narrower one has wrapped the lines that are there
   * @returns what to write: one string, so that nothing flickers
   */
  draw(lines: readonly string[], cells: number): string {
    let height = 0
    for (const width of this.#widths) height += Math.max(1, Math.ceil(width / cells))
    this.#widths = lines.map(displayWidth)
    const up = height === 0 ? '' : `\u{1b}[${height}A`
    return `${up}\r${lines.map((line) => `${line}\u{1b}[K\n`).join('')}\u{1b}[J`
  }
}
