import { printConfig } from '../config/print.ts'
import { loadConfiguration } from './configuration.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { print } from './output.ts'

/** `nettracer print-config`. */
export function printConfiguration(configs: readonly string[]): ExitCode {
  print(printConfig(loadConfiguration(configs)).trimEnd())
  return exitCodes.fine
}
