import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { ComponentSettings } from '../../config/component.ts'
import type { Flow } from '../../connection/flow.ts'
import type { ProcessKey } from '../../connection/process.ts'
import { Identity } from '../../identity/index.ts'
import { Peers, readHostAddresses } from '../../identity/peer.ts'
import type { Component, LogsConsumer, MetricsOutlet } from '../../model/component.ts'
import type { Temporality } from '../../model/metrics.ts'
import { type Instant, SeriesStore } from '../../series/index.ts'
import { messageOf } from '../../shared/errors.ts'
import type { Sink, Source, SourceHealth } from '../../source/source.ts'
import { CloseRecords } from './close-records/close-records.ts'
import { type NettracerConfig, onlyTemporality } from './config.ts'
import { Coverage } from './coverage.ts'
import { HostNamespace } from './host-counters.ts'
import { selectMetrics } from './metrics-config.ts'
import { type CollectionCounts, observeReceiver } from './own-metrics.ts'
import { AlignedTimer, DrainLoop } from './schedule.ts'
import { SynCookieCounters } from './syn-cookies.ts'

const drainPauseMs = 250

/** What a test may replace. */
export interface ReceiverParts {
  /** Called once, at the start: `validate` must not load the addon. */
  readonly createSource: (config: NettracerConfig) => Source | Promise<Source>
  readonly now?: () => Instant
  readonly procRoot?: string
}

/** Where the receiver's pipelines begin. */
export interface ReceiverOutlets {
  readonly metrics: readonly MetricsOutlet[]
  /** `undefined` if no logs pipeline names the receiver: then the kernel does not tell of single ends. */
  readonly logs: LogsConsumer | undefined
}

/** Collects from a source and hands metrics and logs to the pipelines. */
export class NettracerReceiver implements Component {
  readonly #settings: ComponentSettings
  readonly #config: NettracerConfig
  readonly #outlets: readonly MetricsOutlet[]
  readonly #parts: ReceiverParts
  readonly #now: () => Instant
  /** The only one, whatever an outlet wants. */
  readonly #temporality: Temporality | undefined
  readonly #identity: Identity
  readonly #peers: Peers
  readonly #series: SeriesStore
  readonly #closeRecords: CloseRecords | undefined
  readonly #hostNamespace: HostNamespace
  readonly #coverage: Coverage
  /** `undefined` if they are not wanted. */
  readonly #synCookies: SynCookieCounters | undefined
  readonly #drains: DrainLoop
  readonly #collections: AlignedTimer
  readonly #counts: CollectionCounts = { completed: 0, failed: 0, skipped: 0, lastSeconds: 0 }
  #source: Source | undefined
  /** As of the last collection: it outlives the source. */
  #health: SourceHealth | undefined
  #running: Promise<void> | undefined

  constructor(
    settings: ComponentSettings,
    config: NettracerConfig,
    outlets: ReceiverOutlets,
    parts: ReceiverParts,
  ) {
    this.#settings = settings
    this.#config = config
    this.#outlets = outlets.metrics
    this.#parts = parts
    this.#now = parts.now ?? now
    this.#temporality = onlyTemporality(config)
    this.#identity = new Identity({
      commandLine: config.resource_attributes['process.command_line'].enabled,
      logger: settings.telemetry.logger,
      ...(parts.procRoot !== undefined && { procRoot: parts.procRoot }),
    })
    this.#peers = new Peers(config.peers.public, readHostAddresses())
    this.#series = this.#createSeries()
    this.#closeRecords = outlets.logs && this.#createCloseRecords(outlets.logs)
    this.#hostNamespace = new HostNamespace(parts.procRoot)
    this.#coverage = new Coverage(this.#hostNamespace.netns)
    this.#synCookies = this.#wantsSynCookies() ? new SynCookieCounters(parts.procRoot) : undefined
    this.#drains = new DrainLoop(drainPauseMs, () => this.#drain())
    this.#collections = new AlignedTimer(config.collection_interval, () => void this.collect())
  }

  async start(): Promise<void> {
    const source = await this.#parts.createSource(this.#config)
    try {
      await source.start(this.#sink())
    } catch (error) {
      await source.stop()
      throw error
    }
    if (source.remark !== undefined) {
      const fields = { source: source.name, reason: source.remark }
      this.#settings.telemetry.logger.warn(
        'fewer figures: docs/sources.md has what is absent',
        fields,
      )
    }
    this.#source = source
    this.#health = source.health()
    this.#series.begin(this.#now())
    observeReceiver(this.#settings.telemetry.meter, {
      source: () => this.#health,
      series: () => this.#series.stats(),
      collections: () => this.#counts,
      coverage: () => this.#coverage.ratios(),
      closeRecords: () => this.#closeRecords?.counts,
    })
    this.#drains.start()
    this.#collections.start()
  }

  async shutdown(): Promise<void> {
    const source = this.#source
    if (source === undefined) return
    this.#drains.stop()
    this.#collections.stop()
    await this.#running
    await this.collect()
    this.#source = undefined
    await source.stop()
  }

  /** One collection, unless one is running. Never fails: what goes wrong is counted and logged. */
  async collect(): Promise<void> {
    if (this.#running !== undefined) {
      this.#counts.skipped += 1
      this.#settings.telemetry.logger.limited(
        'warn',
        'collection_skipped',
        'a collection was skipped: the one before was still running',
      )
      return
    }
    this.#running = this.#collectSafely()
    await this.#running
    this.#running = undefined
  }

  async #collectSafely(): Promise<void> {
    const startMs = performance.now()
    try {
      await this.#source?.collect()
      // At once: the host counts on. The first snapshot is no earlier, for programs count from when they are attached.
      this.#coverage.snapshot(this.#hostNamespace.read(), performance.now())
      this.#health = this.#source?.health()
      this.#identity.refresh()
      this.#peers.hostAddresses = readHostAddresses()
      this.#report()
      this.#closeRecords?.flush()
      this.#closeRecords?.tellLeftOut(this.#health?.untoldEnds ?? 0)
      this.#counts.completed += 1
    } catch (error) {
      this.#counts.failed += 1
      this.#settings.telemetry.logger.limited('error', 'collection_failed', 'a collection failed', {
        error: messageOf(error),
      })
    }
    this.#counts.lastSeconds = (performance.now() - startMs) / 1e3
  }

  #report(): void {
    for (const cookies of this.#synCookies?.collect() ?? []) this.#series.synCookies(cookies)
    const collected = this.#series.collect(this.#now())
    for (const { consumer, temporality } of this.#outlets) {
      const metrics = collected.get(this.#temporality ?? temporality)
      if (metrics !== undefined && metrics.points > 0) consumer.consume(metrics)
    }
  }

  #drain(): boolean {
    try {
      const isMoreWaiting = this.#source?.drain() ?? false
      this.#closeRecords?.flush()
      return isMoreWaiting
    } catch (error) {
      this.#settings.telemetry.logger.limited(
        'error',
        'drain_failed',
        'records could not be read',
        {
          error: messageOf(error),
        },
      )
      return false
    }
  }

  #sink(): Sink {
    const closeRecords = this.#closeRecords
    return {
      ...(closeRecords !== undefined && { ended: (end) => closeRecords.ended(end) }),
      process: (seen) => this.#identity.seen(seen),
      connection: (increment) => {
        this.#series.connection(increment)
        this.#coverage.connection(increment)
      },
      responses: (responses) => this.#series.responses(responses),
      listener: (listener) => {
        this.#series.listener(listener)
        this.#coverage.listener(listener)
        this.#synCookies?.listener(listener.flow)
      },
      rejection: (rejection) => {
        this.#series.rejection(rejection)
        this.#coverage.rejection(rejection)
      },
    }
  }

  #wantsSynCookies(): boolean {
    const { metrics, profile } = this.#config
    return selectMetrics(metrics, profile).some(({ name }) => name.includes('syn_cookies'))
  }

  #createCloseRecords(logs: LogsConsumer): CloseRecords {
    const settings = {
      config: this.#config.close_records,
      scope: { name: 'otel-nettracer', version: this.#settings.version },
      hostResource: hostResource(this.#identity, this.#settings.version),
      resourceOf: (process: ProcessKey) => this.#identity.resourceOf(process).resource,
      peerScopeOf: (flow: Flow) => this.#peers.scopeOf(flow),
      now: this.#now,
    }
    return new CloseRecords(settings, logs)
  }

  #createSeries(): SeriesStore {
    return new SeriesStore({
      metrics: selectMetrics(this.#config.metrics, this.#config.profile),
      temporalities: new Set(
        this.#outlets.map(({ temporality }) => this.#temporality ?? temporality),
      ),
      limit: this.#config.series_limit,
      expirationMs: this.#config.series_expiration,
      scope: { name: 'otel-nettracer', version: this.#settings.version },
      start: this.#now(),
      hostResource: hostResource(this.#identity, this.#settings.version),
      resourceOf: (process) => this.#identity.resourceOf(process).resource,
      // Where the process is unknown nobody can say that it is gone.
      isAlive: (process) => process.pid === 0 || this.#identity.resourceOf(process).isAlive,
      peerOf: (flow) => (isWithoutPeer(flow) ? undefined : this.#peers.peerOf(flow)),
    })
  }
}

/** A UDP socket that is not connected: it may speak with anyone. */
function isWithoutPeer({ transport, remoteAddress }: Flow): boolean {
  return transport === 'udp' && (remoteAddress === '0.0.0.0' || remoteAddress === '::')
}

/** Of what belongs to no process: refused connection attempts, and the overflow. */
function hostResource({ host }: Identity, version: string): Resource {
  const instance = host['host.id'] ?? host['host.name']
  return resourceFromAttributes({
    'service.name': 'otel-nettracer',
    'service.version': version,
    ...(instance !== undefined && { 'service.instance.id': instance }),
    ...host,
  })
}

function now(): Instant {
  const ms = Date.now()
  return {
    time: [Math.floor(ms / 1e3), (ms % 1e3) * 1e6],
    monotonicMs: performance.now(),
  }
}
