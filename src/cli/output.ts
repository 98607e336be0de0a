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

export function writeLog(line: string): void {
  const { stderr } = process
  if (stderr.writable && stderr.writableLength < maxWaiting) stderr.write(line)
}
