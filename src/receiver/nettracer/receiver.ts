import type { ComponentSettings, Receiver } from '../../config/component.ts'
import { readHostAddresses } from '../../identity/peer-scope.ts'
import type { LogsConsumer, MetricsOutlet } from '../../model/component.ts'
import { messageOf } from '../../shared/errors.ts'
import type { Sink, Source, SourceHealth } from '../../source/source.ts'
import type { NettracerConfig } from './config.ts'
import { Coverage } from './coverage.ts'
import { withPast } from './health-sum.ts'
import { HostNamespace } from './host-counters.ts'
import { type CollectionCounts, observeReceiver } from './own-metrics.ts'
import { Punctuality } from './punctuality.ts'
import { isReadAlike } from './read-alike.ts'
import { type ReceiverOutlets, Reporting } from './reporting.ts'
import { AlignedTimer, DrainLoop, FreeTimer, type Ticker } from './schedule.ts'
import { tellRemarks } from './source-remarks.ts'
import { Timeline } from './timeline.ts'

/** At 4 MiB of ring and 900 B of records a connection: for more than 40,000 a second. */
const drainPauseMs = 100

/** What a test may replace. */
export interface ReceiverParts {
  /** Called at each start of a source: `validate` must not load the addon. */
  readonly createSource: (config: NettracerConfig) => Source | Promise<Source>
  readonly timeline?: Pick<Timeline, 'now' | 'next'>
  readonly procRoot?: string
}

/** Collects from a source and hands metrics and logs to the pipelines. */
export class NettracerReceiver implements Receiver<NettracerConfig> {
  readonly #settings: ComponentSettings
  readonly #parts: ReceiverParts
  readonly #hostNamespace: HostNamespace
  readonly #drains: DrainLoop
  readonly #timeline: Pick<Timeline, 'now' | 'next'>
  readonly #punctuality: Punctuality
  readonly #counts: CollectionCounts = { completed: 0, failed: 0, skipped: 0, lastSeconds: 0 }
  #reporting: Reporting
  #coverage: Coverage
  #collections: Ticker
  #source: Source | undefined
  /** As of the last collection: it outlives the source. */
  #health: SourceHealth | undefined
  /** Of the sources before this one. */
  #past: SourceHealth | undefined
  #running: Promise<void> | undefined
  #stopTelling: (() => void) | undefined

  constructor(
    settings: ComponentSettings,
    config: NettracerConfig,
    outlets: ReceiverOutlets,
    parts: ReceiverParts,
  ) {
    this.#settings = settings
    this.#parts = parts
    this.#timeline = parts.timeline ?? new Timeline()
    this.#punctuality = new Punctuality(settings.telemetry.logger)
    this.#reporting = this.#createReporting(config, outlets)
    this.#hostNamespace = new HostNamespace(parts.procRoot)
    this.#coverage = new Coverage(this.#hostNamespace.netns)
    this.#drains = new DrainLoop(drainPauseMs, () => this.#drain())
    this.#collections = this.#createTimer()
  }

  async start(): Promise<void> {
    await this.#reporting.companions.start()
    await this.#startSource()
    this.#stopTelling = observeReceiver(this.#settings.telemetry.meter, {
      source: () => this.#health,
      series: () => this.#reporting.series.stats(),
      collections: () => this.#counts,
      gaps: () => this.#punctuality.gaps,
      coverage: () => this.#coverage.ratios(),
      closeRecords: () => this.#reporting.closeRecords?.counts,
      names: () => this.#reporting.names,
      unusableFiles: () => this.#reporting.peers.unusableFiles,
      kubernetes: () => this.#reporting.kubernetes?.stats() ?? [],
      containers: () => this.#reporting.containers?.stats(),
    })
    this.#beginTurns()
  }

  async shutdown(): Promise<void> {
    if (this.#source === undefined) return
    await this.#lastCollection()
    await this.#stopSource()
    await this.#reporting.companions.stop()
  }

  retire(): void {
    this.#stopTelling?.()
  }

  /**
   * What was counted until now is reported by the configuration before. The source goes on, unless it is to read
   * something else: then connections are adopted anew, and what they do in between is in no figure.
   */
  async reconfigure(
    config: NettracerConfig,
    outlets: readonly MetricsOutlet[],
    logs?: LogsConsumer,
  ): Promise<void> {
    const before = this.#reporting
    const next = { metrics: outlets, logs }
    const goesOn = this.#source !== undefined && isReadAlike(before, config, next)
    if (this.#source !== undefined) await this.#lastCollection()
    if (goesOn) {
      this.#reporting = this.#createReporting(config, next, before)
      await this.#reporting.peers.refreshFiles()
    } else {
      await this.#stopSource()
      this.#reporting = this.#createReporting(config, next, undefined, before.companions)
      this.#coverage = new Coverage(this.#hostNamespace.netns)
    }
    await before.companions.stop()
    await this.#reporting.companions.start()
    if (!goesOn) await this.#startSource()
    this.#collections = this.#createTimer()
    this.#beginTurns()
  }

  /** One collection, unless one is running. Never fails: what goes wrong is counted and logged. */
  async collect(isLast = false): Promise<void> {
    if (this.#running !== undefined) {
      this.#counts.skipped += 1
      this.#settings.telemetry.logger.limited(
        'warn',
        'collection_skipped',
        'a collection was skipped: the one before was still running',
      )
      return
    }
    this.#running = this.#collectSafely(isLast)
    await this.#running
    this.#running = undefined
  }

  async #startSource(): Promise<void> {
    const reporting = this.#reporting
    const { health } = this.#settings.telemetry
    await reporting.peers.refreshFiles()
    const source = await this.#parts.createSource(reporting.config)
    try {
      await source.start(this.#sink(reporting.closeRecords !== undefined))
    } catch (error) {
      health.failing('source', `no source runs: ${messageOf(error)}`)
      await source.stop()
      throw error
    }
    health.working('source')
    tellRemarks(source, reporting.config, this.#settings.telemetry.logger)
    this.#source = source
    this.#health = withPast(this.#past, source.health())
    reporting.series.begin(this.#timeline.next().instant)
  }

  async #stopSource(): Promise<void> {
    const source = this.#source
    this.#source = undefined
    this.#past = this.#health
    await source?.stop()
  }

  #beginTurns(): void {
    this.#drains.start()
    this.#collections.start()
  }

  async #lastCollection(): Promise<void> {
    this.#drains.stop()
    this.#collections.stop()
    await this.#running
    await this.collect(true)
  }

  async #collectSafely(isLast: boolean): Promise<void> {
    const startMs = performance.now()
    try {
      await this.#source?.collect(isLast)
      // At once: the host counts on. The first snapshot is no earlier, for programs count from when they are attached.
      this.#coverage.snapshot(this.#hostNamespace.read(), performance.now())
      this.#health = this.#source && withPast(this.#past, this.#source.health())
      const { identity, peers, names, closeRecords } = this.#reporting
      identity.refresh()
      names?.refresh()
      peers.hostAddresses = readHostAddresses()
      peers.refresh()
      await this.#report()
      closeRecords?.flush()
      closeRecords?.tellLeftOut(this.#health?.untoldEnds ?? 0)
      this.#counts.completed += 1
      this.#settings.telemetry.health.working('collection')
    } catch (error) {
      this.#counts.failed += 1
      const { logger, health } = this.#settings.telemetry
      const reason = messageOf(error)
      logger.limited('error', 'collection_failed', 'a collection failed', { error: reason })
      health.failing('collection', `collections fail: ${reason}`)
    }
    this.#counts.lastSeconds = (performance.now() - startMs) / 1e3
  }

  async #report(): Promise<void> {
    const { instant, disturbance } = this.#timeline.next()
    const { collection_interval: interval } = this.#reporting.config
    this.#punctuality.collected(instant.monotonicMs, interval, disturbance)
    await this.#reporting.report(instant)
  }

  #drain(): boolean {
    try {
      const isMoreWaiting = this.#source?.drain() ?? false
      this.#reporting.closeRecords?.flush()
      return isMoreWaiting
    } catch (error) {
      const message = 'records could not be read'
      const fields = { error: messageOf(error) }
      this.#settings.telemetry.logger.limited('error', 'drain_failed', message, fields)
      return false
    }
  }

  #sink(tellsEnds: boolean): Sink {
    return {
      ...(tellsEnds && { ended: (end) => this.#reporting.closeRecords?.ended(end) }),
      ...(this.#reporting.names && { answer: (answer) => this.#reporting.names?.answer(answer) }),
      process: (seen) => {
        this.#reporting.identity.seen(seen)
        this.#reporting.names?.begin(seen)
      },
      connection: (increment) => {
        this.#reporting.connection(increment)
        this.#coverage.connection(increment)
      },
      responses: (responses) => this.#reporting.series.responses(responses),
      listener: (listener) => {
        this.#reporting.listener(listener)
        this.#coverage.listener(listener)
        this.#reporting.synCookies?.listener(listener.flow)
      },
      rejection: (rejection) => {
        this.#reporting.series.rejection(rejection)
        this.#coverage.rejection(rejection)
      },
    }
  }

  #createTimer(): Ticker {
    const { align_collections: isAligned, collection_interval: interval } = this.#reporting.config
    const Timer = isAligned ? AlignedTimer : FreeTimer
    return new Timer(interval, () => void this.collect())
  }

  #createReporting(
    config: NettracerConfig,
    outlets: ReceiverOutlets,
    before?: Reporting,
    companions = before?.companions,
  ) {
    const { procRoot } = this.#parts
    const settings = {
      component: this.#settings,
      config,
      outlets,
      now: () => this.#timeline.now,
      ...(companions !== undefined && { companions }),
      ...(procRoot !== undefined && { procRoot }),
    }
    return new Reporting(settings, before)
  }
}
