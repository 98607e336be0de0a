import { parseArgs } from 'node:util'
import { messageOf } from '../shared/errors.ts'
import { badArguments } from './bad-arguments.ts'
import type { TopValues } from './top-arguments.ts'

export const commandNames = [
  'run',
  'top',
  'validate',
  'components',
  'print-config',
  'doctor',
] as const
export type CommandName = (typeof commandNames)[number]

export interface Arguments {
  readonly command: CommandName | 'help' | 'version'
  /** In the order given; empty for the embedded configuration. */
  readonly configs: readonly string[]
  /** What only `top` knows. */
  readonly top: TopValues
}

export const usage = `Usage: nettracer [COMMAND] [--config SOURCE]...
       nettracer top [--by WHAT] [--sort KEY] [--filter TEXT] [--interval TIME] [--once] [--json]
                     [--rows N] [--source NAME]

Watches every TCP connection of this host through eBPF and sends OpenTelemetry metrics.

Commands:
  run            run until SIGTERM or SIGINT; SIGHUP reloads the configuration (the default)
  top            a live table of what goes on, read from the kernel: needs no configuration
  validate       check the configuration and say everything that is wrong with it
  components     list receivers, processors, exporters and extensions
  print-config   print the effective configuration, with defaults and without secrets
  doctor         say what this machine allows

Options:
  --config SOURCE   a YAML file; given several times, the later is laid over the earlier.
                    Also env:VARIABLE (holding YAML) and yaml:TEXT. Without it the embedded
                    configuration runs, with what the OTEL_* variables say.
  --source NAME     of top: auto (the default), ebpf or inet_diag
  --by WHAT         of top: process (the default), connection, peer or listener
  --sort KEY        of top: what stands first, by default the most traffic
  --filter TEXT     of top: only rows that have this text
  --interval TIME   of top: how long an interval is, by default 2s
  --rows N          of top: rows at most where the table is written once or as JSON
  --once            of top: write one interval as text and end, as without a terminal
  --json            of top: a line of JSON for each interval; with --once one
  --version         print the version
  -h, --help        print this

Exit codes: 0 fine, 1 bad configuration or arguments, 2 no usable source, 3 failed while running.
`

const topOptions = {
  source: { type: 'string' },
  by: { type: 'string' },
  sort: { type: 'string' },
  filter: { type: 'string' },
  interval: { type: 'string' },
  rows: { type: 'string' },
  once: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** @throws NettracerError NETTRACER_ERR_CONFIG_INVALID for what is no argument of this program */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv)
  const { config: configs = [], help, version, ...top } = values
  if (help) return { command: 'help', configs, top }
  if (version) return { command: 'version', configs, top }
  const [name = 'run', ...more] = positionals
  const command = commandNames.find((one) => one === name)
  if (command === undefined) {
    throw badArguments(`unknown command ${JSON.stringify(name)}, known: ${commandNames.join(', ')}`)
  }
  if (more.length > 0) throw badArguments(`unexpected argument ${JSON.stringify(more[0])}`)
  const [option] = command === 'top' ? configs.map(() => 'config') : Object.keys(top)
  if (option !== undefined) throw badArguments(`${command} has no option --${option}`)
  return { command, configs, top }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...topOptions,
        config: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw badArguments(messageOf(error).split('. ')[0] ?? '')
  }
}
