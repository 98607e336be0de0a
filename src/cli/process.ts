import { messageOf } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/escape.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import { printError, surviveClosedPipes } from './output.ts'

const noSourceHint =
  'No source can run here: it takes CAP_BPF and CAP_PERFMON (or root), and a kernel with BTF. nettracer doctor says what is missing.'

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
  const code = exitCodeOf(error)
  if (code === exitCodes.noSource) printError(noSourceHint)
  return code
}
