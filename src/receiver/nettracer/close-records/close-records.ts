import type { InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { EndedConnection } from '../../../connection/ended.ts'
import type { Flow } from '../../../connection/flow.ts'
import type { ProcessKey } from '../../../connection/process.ts'
import { events } from '../../../generated/events.ts'
import type { Peer } from '../../../identity/peer-names.ts'
import type { LogsConsumer } from '../../../model/component.ts'
import type { LogRecord, ResourceLogs } from '../../../model/logs.ts'
import type { Instant } from '../../../series/index.ts'
import type { CloseRecordsConfig } from './config.ts'
import { connectionEvent, type EventAttributes } from './event.ts'
import { RateLimit } from './rate-limit.ts'
import { isWanted } from './sampling.ts'

export interface CloseRecordsSettings {
  readonly config: CloseRecordsConfig
  readonly scope: InstrumentationScope
  /** Stands for what belongs to no process. */
  readonly hostResource: Resource
  readonly resourceOf: (process: ProcessKey) => Resource
  readonly peerOf: (flow: Flow) => Peer
  readonly now: () => Instant
}

/** Why ends of connections gave no log record. */
export type LeftOutReason = 'sampling' | 'rate_limit' | 'ring_full'
/** Those that the configuration did not ask for. */
const told = ['rate_limit', 'ring_full'] as const satisfies readonly LeftOutReason[]

/** What became of the ends of connections, since the start. */
export interface CloseRecordCounts extends Record<LeftOutReason, number> {
  made: number
}

/** Ends that wait to be handed on; more are handed on at once. */
const mostPending = 4096

/** Makes a log record of each connection that ends and that the configuration wants, within its limit. */
export class CloseRecords {
  readonly #settings: CloseRecordsSettings
  readonly #next: LogsConsumer
  readonly #limit: RateLimit
  #pending: { readonly process: ProcessKey; readonly record: LogRecord }[] = []
  readonly counts: CloseRecordCounts
  /** What of {@link counts} was told in log records. */
  readonly #toldOf: Record<(typeof told)[number], number>

  /** @param before what made them until now, and holds none any more: counts go on */
  constructor(settings: CloseRecordsSettings, next: LogsConsumer, before?: CloseRecords) {
    this.#settings = settings
    this.#next = next
    this.counts = before?.counts ?? { made: 0, sampling: 0, rate_limit: 0, ring_full: 0 }
    this.#toldOf = (before === undefined ? undefined : before.#toldOf) ?? {
      rate_limit: 0,
      ring_full: 0,
    }
    this.#limit = new RateLimit(settings.config.rate_limit, settings.config.burst)
  }

  ended(end: EndedConnection): void {
    const { config, peerOf, now } = this.#settings
    if (!isWanted(end, config)) {
      this.counts.sampling += 1
      return
    }
    const { time, monotonicMs } = now()
    if (!this.#limit.admits(monotonicMs)) {
      this.counts.rate_limit += 1
      return
    }
    const record = connectionEvent(end, peerOf(end.flow), time)
    this.#pending.push({ process: end.flow.process, record })
    this.counts.made += 1
    if (this.#pending.length >= mostPending) this.flush()
  }

  /** Hands on what there is, each under the resource that its process has now. */
  flush(): void {
    if (this.#pending.length === 0) return
    const byResource = Map.groupBy(this.#pending, ({ process }) =>
      this.#settings.resourceOf(process),
    )
    const records = this.#pending.length
    this.#pending = []
    const resourceLogs = [...byResource].map(([resource, group]) =>
      this.#under(
        resource,
        group.map(({ record }) => record),
      ),
    )
    this.#next.consume({ resourceLogs, records })
  }

  /**
   * Says in log records what was left out since the last call, if anything was.
   *
   * @param untoldEnds ends that the source could not tell of one by one, since its start
   */
  tellLeftOut(untoldEnds: number): void {
    this.counts.ring_full = untoldEnds
    const news = told.flatMap((reason) => {
      const leftOut = this.counts[reason] - this.#toldOf[reason]
      this.#toldOf[reason] = this.counts[reason]
      return leftOut > 0 ? [this.#leftOutRecord(reason, leftOut)] : []
    })
    if (news.length === 0) return
    const resourceLogs = [this.#under(this.#settings.hostResource, news)]
    this.#next.consume({ resourceLogs, records: news.length })
  }

  #leftOutRecord(reason: (typeof told)[number], leftOut: number): LogRecord {
    const { time } = this.#settings.now()
    const attributes: EventAttributes = {
      'nettracer.drop.reason': reason,
      'nettracer.left_out': leftOut,
    }
    return {
      time,
      observedTime: time,
      severity: 'WARN',
      eventName: events['nettracer.close_records.left_out'].name,
      body: `${leftOut} close records were left out: ${reason}`,
      attributes,
    }
  }

  #under(resource: Resource, logRecords: readonly LogRecord[]): ResourceLogs {
    return { resource, scopeLogs: [{ scope: this.#settings.scope, logRecords }] }
  }
}
