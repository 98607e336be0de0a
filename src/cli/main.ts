#!/usr/bin/env node
import { version } from '../service/version.ts'
import { messageOf } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/escape.ts'
import { readArguments, usage } from './arguments.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import { print, printError, surviveClosedPipes } from './output.ts'

/** Each command is loaded when it is asked for. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const { command, configs } = readArguments(argv)
  switch (command) {
    case 'help':
      print(usage.trimEnd())
      return exitCodes.fine
    case 'version':
      print(`nettracer ${version}`)
      return exitCodes.fine
    case 'run':
      return (await import('./run.ts')).run(configs)
    case 'validate':
      return (await import('./validate.ts')).validate(configs)
    case 'components':
      return (await import('./components.ts')).components()
    case 'print-config':
      return (await import('./print-config.ts')).printConfiguration(configs)
    case 'doctor':
      return (await import('./doctor.ts')).doctor(configs)
  }
}

/** The message has a line for each thing that is wrong; an error without a code is a fault of this program. */
function report(error: unknown): ExitCode {
  const text = error instanceof Error && !('code' in error) ? error.stack : messageOf(error)
  for (const line of (text ?? messageOf(error)).split('\n')) printError(escapeUnprintable(line))
  return exitCodeOf(error)
}

surviveClosedPipes()
process.on('uncaughtException', (error) => process.exit(report(error)))
process.exit(await main(process.argv.slice(2)).catch(report))
