import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fallbacks, programLosses } from '../../src/source/programs.ts'
import type { Architecture } from './architectures.ts'
import type { GuestReport } from './guest/scenario.ts'

const page = fileURLToPath(new URL('../../docs/kernels.md', import.meta.url))

/** The column of a kernel in the table of docs/kernels.md: by program `yes` or `no`. */
export function tableColumn(series: string, architecture: Architecture): Record<string, string> {
  const kernel = architecture === 'arm64' ? `${series} arm64` : series
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  const column = rows.find(([, first]) => first === 'program')?.indexOf(kernel) ?? -1
  return Object.fromEntries(
    rows
      .filter(([, name = '']) => name in programLosses || name in fallbacks)
      .filter((cells) => cells[column] !== 'not needed')
      .map((cells) => [cells[1] ?? '', cells[column] ?? '']),
  )
}

/** The same by what `doctor` said. */
export function doctorColumn({ doctor }: GuestReport): Record<string, string> {
  const lines = [...doctor.stdout.matchAll(/^(ok|FAIL) +program (\w+):/gm)]
  return Object.fromEntries(
    lines.map(([, verdict, name = '']) => [name, verdict === 'ok' ? 'yes' : 'no']),
  )
}
