import { parseArgs } from 'node:util'
import { messageOf, NettracerError } from '../shared/errors.ts'

export const commandNames = ['run', 'validate', 'components', 'print-config', 'doctor'] as const
export type CommandName = (typeof commandNames)[number]

export interface Arguments {
  readonly command: CommandName | 'help' | 'version'
  /** In the order given; empty for the embedded configuration. */
  readonly configs: readonly string[]
}

export const usage = `Usage: nettracer [COMMAND] [--config SOURCE]...

Watches every TCP connection of this host through eBPF and sends OpenTelemetry metrics.

Commands:
  run            run until SIGTERM or SIGINT; SIGHUP reloads the configuration (the default)
  validate       check the configuration and say everything that is wrong with it
  components     list receivers, processors, exporters and extensions
  print-config   print the effective configuration, with defaults and without secrets
  doctor         say what this machine allows

Options:
  --config SOURCE   a YAML file; given several times, the later is laid over the earlier.
                    Also env:VARIABLE (holding YAML) and yaml:TEXT. Without it the embedded
                    configuration runs, with what the OTEL_* variables say.
  --version         print the version
  -h, --help        print this

Exit codes: 0 fine, 1 bad configuration or arguments, 2 no usable source, 3 failed while running.
`

/** @throws NettracerError NETTRACER_ERR_CONFIG_INVALID for what is no argument of this program */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv)
  const configs = values.config ?? []
  if (values.help) return { command: 'help', configs }
  if (values.version) return { command: 'version', configs }
  const [name = 'run', ...more] = positionals
  const command = commandNames.find((one) => one === name)
  if (command === undefined) {
    throw badArguments(`unknown command ${JSON.stringify(name)}, known: ${commandNames.join(', ')}`)
  }
  if (more.length > 0) throw badArguments(`unexpected argument ${JSON.stringify(more[0])}`)
  return { command, configs }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw badArguments(messageOf(error).split('. ')[0] ?? '')
  }
}

function badArguments(problem: string): NettracerError {
  return new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `${problem}; see nettracer --help`)
}
