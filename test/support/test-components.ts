import { once } from 'node:events'
import { z } from 'zod'
import type {
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
} from '../../src/config/component.ts'
import type { Catalogue } from '../../src/config/components.ts'
import { unsupported } from '../../src/config/unsupported.ts'
import { duration } from '../../src/config/values.ts'
import type { Component, Consumer, LogsConsumer, MetricsOutlet } from '../../src/model/component.ts'
import type { Logs } from '../../src/model/logs.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import type { Storage } from '../../src/model/storage.ts'

const receiverConfig = z.strictObject({
  collection_interval: duration.prefault('10s').describe('How often.'),
  source: z.enum(['auto', 'ebpf']).default('auto').describe('From where.'),
  series_limit: z.int().min(100).default(20_000).describe('How many.'),
})
const processorConfig = z.strictObject({ size: z.int().min(1).default(5).describe('How many.') })
const extensionConfig = z.strictObject({ place: z.string().default('here').describe('Where.') })
const exporterConfig = z.strictObject({
  endpoint: z.string().min(1).describe('Where to.'),
  password: z.string().optional().describe('A secret.'),
  headers: z
    .union([
      z.record(z.string().regex(/^[a-z-]+$/, 'not a header name'), z.string()),
      z.array(z.strictObject({ name: z.string(), value: z.string() })),
    ])
    .prefault({})
    .describe('More secrets.'),
  tls: z
    .strictObject({
      insecure: z.boolean().default(false).describe('Without TLS.'),
      ca_file: z.string().optional().describe('Authorities.'),
    })
    .prefault({})
    .describe('TLS.'),
  tags: z.array(z.string()).default([]).describe('Words.'),
  ratio: z.number().min(0).max(1).default(0.5).describe('Between 0 and 1.'),
  temporality: z.enum(['cumulative', 'delta']).default('cumulative').describe('What it wants.'),
  auth: unsupported('use headers'),
  keep_in: z.string().optional().describe('An extension.'),
})

/** What happened to components, in order, and who has what. */
export class Journal {
  readonly events: string[] = []
  readonly consumed = new Map<string, Metrics[]>()
  readonly consumedLogs = new Map<string, Logs[]>()
  readonly outlets = new Map<string, readonly MetricsOutlet[]>()
  readonly logsOutlets = new Map<string, LogsConsumer | undefined>()
  /** `start otlp`, `stop otlp`: what is to fail. */
  readonly failing = new Set<string>()

  /** Ids of those that are never done with what they hold. */
  readonly busy = new Set<string>()

  /** Called at each start, stop and reconfiguration; may throw. */
  onEvent: (event: string) => void = () => {}

  component(id: string): Component {
    const happen = async (event: string): Promise<void> => {
      this.events.push(event)
      this.onEvent(event)
      if (this.failing.has(event)) throw new Error(`${event} failed`)
    }
    return {
      start: () => happen(`start ${id}`),
      shutdown: () => happen(`stop ${id}`),
      idle: async (signal) => {
        if (this.busy.has(id) && !signal.aborted) await once(signal, 'abort')
      },
    }
  }

  /** Keeps nothing, and writes down who opened it. */
  storage(id: string): Storage {
    const client = {
      left: [],
      append: async () => ({ sequence: 1, items: 0, bytes: 0, timeMs: 0 }),
      read: async () => new Uint8Array(),
      remove: async () => {},
      close: async () => {},
    }
    return {
      maxBytes: 1,
      maxAgeMs: 1,
      open: async (owner) => {
        this.events.push(`open ${id} for ${owner}`)
        return client
      },
    }
  }

  consumer(id: string, next?: Consumer<Metrics>): Consumer<Metrics> {
    return keeper(this.consumed, id, next)
  }

  logsConsumer(id: string, next?: LogsConsumer): LogsConsumer {
    return keeper(this.consumedLogs, id, next)
  }
}

function keeper<Batch>(
  kept: Map<string, Batch[]>,
  id: string,
  next?: Consumer<Batch>,
): Consumer<Batch> {
  return {
    consume(batch) {
      kept.set(id, [...(kept.get(id) ?? []), batch])
      next?.consume(batch)
    },
  }
}

/** The same, of which none takes logs. */
export function withoutLogs({ receivers, processors, exporters, ...others }: Catalogue): Catalogue {
  return {
    ...others,
    receivers: receivers.map((one) => without(one, 'hasLogs')),
    processors: processors.map((one) => without(one, 'createLogs')),
    exporters: exporters.map((one) => without(one, 'createLogs')),
  }
}

function without<Whole extends object>(whole: Whole, key: string): Whole {
  const copy = { ...whole }
  Reflect.deleteProperty(copy, key)
  return copy
}

/** One component type of each kind, which writes down what is done with it. */
export function testCatalogue(journal = new Journal()): Catalogue {
  const receiver: ReceiverFactory<z.output<typeof receiverConfig>> = {
    type: 'nettracer',
    stability: 'alpha',
    description: 'A receiver.',
    config: receiverConfig,
    hasLogs: true,
    create({ id }, _config, outlets, logs) {
      journal.events.push(`create ${id}`)
      journal.outlets.set(id, outlets)
      journal.logsOutlets.set(id, logs)
      return {
        ...journal.component(id),
        async reconfigure(_config, others, otherLogs) {
          journal.events.push(`reconfigure ${id}`)
          journal.onEvent(`reconfigure ${id}`)
          journal.outlets.set(id, others)
          journal.logsOutlets.set(id, otherLogs)
        },
      }
    },
  }
  const processor: ProcessorFactory<z.output<typeof processorConfig>> = {
    type: 'batch',
    stability: 'beta',
    description: 'A processor.',
    config: processorConfig,
    create({ id }, _config, next) {
      journal.events.push(`create ${id}`)
      return { ...journal.component(id), ...journal.consumer(id, next) }
    },
    createLogs({ id }, _config, next) {
      journal.events.push(`create ${id} for logs`)
      return { ...journal.component(id), ...journal.logsConsumer(id, next) }
    },
  }
  const exporter: ExporterFactory<z.output<typeof exporterConfig>> = {
    type: 'otlp',
    aliases: ['otlp_grpc'],
    stability: 'beta',
    description: 'An exporter.',
    config: exporterConfig,
    isExclusive: ({ endpoint }) => endpoint === 'port',
    uses: ({ keep_in: id }) =>
      id === undefined ? [] : [{ path: ['keep_in'], id, as: 'storage' as const }],
    create({ id, extensions }, { temporality, keep_in: keeper }) {
      journal.events.push(`create ${id}`)
      const component = journal.component(id)
      return {
        async start() {
          await component.start()
          if (keeper !== undefined) await extensions.storage(keeper).open(id)
        },
        shutdown: () => component.shutdown(),
        idle: async (signal: AbortSignal) => component.idle?.(signal),
        ...journal.consumer(id),
        temporality,
      }
    },
    createLogs({ id }) {
      journal.events.push(`create ${id} for logs`)
      return { ...journal.component(id), ...journal.logsConsumer(id) }
    },
  }
  const keeperExtension: ExtensionFactory<z.output<typeof extensionConfig>> = {
    type: 'keeper',
    stability: 'alpha',
    description: 'An extension that keeps things.',
    config: extensionConfig,
    offers: ['storage'],
    create({ id }) {
      journal.events.push(`create ${id}`)
      return { ...journal.component(id), storage: journal.storage(id) }
    },
  }
  const idle: ExtensionFactory<z.output<typeof extensionConfig>> = {
    type: 'idle',
    stability: 'alpha',
    description: 'An extension that offers nothing.',
    config: extensionConfig,
    create: ({ id }) => journal.component(id),
  }
  return {
    receivers: [receiver],
    processors: [processor],
    exporters: [exporter],
    extensions: [keeperExtension, idle],
  }
}
