import { messageOf } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/escape.ts'
import { runTop } from '../top/index.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import { printError } from './output.ts'
import { readTopArguments, type TopValues } from './top-arguments.ts'

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** `nettracer top`: a signal ends it as `q` does. */
export async function top(values: TopValues): Promise<ExitCode> {
  const settings = readTopArguments(values)
  const stop = new AbortController()
  for (const signal of stopSignals) process.on(signal, () => stop.abort())
  const { stdin: input, stdout: output, env: environment } = process
  try {
    const onRemark = (remark: string) => printError(`nettracer top: ${escapeUnprintable(remark)}`)
    await runTop({ ...settings, onRemark, input, output, environment, signal: stop.signal })
    return exitCodes.fine
  } catch (error) {
    if (exitCodeOf(error) !== exitCodes.noSource) throw error
    const [reason = ''] = messageOf(error).split('\n')
    printError(
      `nettracer top needs CAP_BPF and CAP_PERFMON (or root) and a kernel with BTF, or netlink's word on sockets (${escapeUnprintable(reason)}); nettracer doctor says what is missing`,
    )
    return exitCodes.noSource
  }
}
