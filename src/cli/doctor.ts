import { diagnose, type Finding } from '../service/doctor.ts'
import { escapeUnprintable } from '../shared/escape.ts'
import { loadConfiguration } from './configuration.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { print } from './output.ts'

/** `nettracer doctor`: exit code 2 if no source can run here. */
export async function doctor(configs: readonly string[]): Promise<ExitCode> {
  const findings = await diagnose(loadConfiguration(configs))
  for (const finding of findings) print(describe(finding))
  const hasSource = findings.some(({ name, isOk }) => name === 'source' && isOk)
  return hasSource ? exitCodes.fine : exitCodes.noSource
}

/** Further lines of a message stand under its first. */
function describe({ name, isOk, detail, fix }: Finding): string {
  const text = `${name}: ${detail}${fix === undefined ? '' : `\nto do: ${fix}`}`
  const lines = text.split('\n').filter((line) => line !== '')
  return `${isOk ? 'ok  ' : 'FAIL'}  ${lines.map(escapeUnprintable).join('\n      ')}`
}
