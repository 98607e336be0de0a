import { formatIssue } from '../config/issue.ts'
import { loadConfiguration } from './configuration.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { print, printError } from './output.ts'

/** `nettracer validate`: warnings do not make a configuration bad. */
export function validate(configs: readonly string[]): ExitCode {
  const { warnings } = loadConfiguration(configs)
  for (const warning of warnings) printError(`warning: ${formatIssue(warning)}`)
  print('the configuration is valid')
  return exitCodes.fine
}
