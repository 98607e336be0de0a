import { appendFileSync } from 'node:fs'

/** More than this waiting for a reader that does not read, and log lines are left out. */
const maxWaiting = 1024 * 1024

/** A closed pipe is the reader's choice (`nettracer components | head -1`), and no reason to stop. */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

export function print(text: string): void {
  if (process.stdout.writable) process.stdout.write(`${text}\n`)
}

export function printError(text: string): void {
  writeLog(`${text}\n`)
}

/** @param path `stderr`, `stdout` or a file, which is opened for each line: it may be moved away */
export function writeLog(line: string, path = 'stderr'): void {
  if (path !== 'stderr' && path !== 'stdout') {
    writeToFile(line, path)
    return
  }
  const stream = process[path]
  if (stream.writable && stream.writableLength < maxWaiting) stream.write(line)
}

function writeToFile(line: string, path: string): void {
  try {
    appendFileSync(path, line, { mode: 0o600 })
  } catch {
    writeLog(line)
  }
}
