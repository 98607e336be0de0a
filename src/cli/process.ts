import { messageOf } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/escape.ts'
import { type ExitCode, exitCodeOf } from './exit-codes.ts'
import { printError, surviveClosedPipes } from './output.ts'

/** Runs a command as this process, and ends it with the command's exit code or that of its error. */
export async function runAsProcess(command: () => Promise<ExitCode>): Promise<never> {
  surviveClosedPipes()
  process.on('uncaughtException', (error) => process.exit(report(error)))
  process.exit(await command().catch(report))
}

/** The message has a line for each thing that is wrong; an error without a code is a fault of this program. */
function report(error: unknown): ExitCode {
  const text = error instanceof Error && !('code' in error) ? error.stack : messageOf(error)
  for (const line of (text ?? messageOf(error)).split('\n')) printError(escapeUnprintable(line))
  return exitCodeOf(error)
}
