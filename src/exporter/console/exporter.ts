import type { HrTime } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ComponentSettings } from '../../config/component.ts'
import type { MetricsExporter } from '../../model/component.ts'
import type { Metrics } from '../../model/metrics.ts'
import { paintColors, paintNothing } from '../../terminal/style.ts'
import type { ConsoleConfig } from './config.ts'
import { ownServiceName } from './identity.ts'
import { IntervalBuilder } from './interval.ts'
import { headerLine, trafficLines } from './lines.ts'
import type { ConsoleOutput } from './output.ts'
import { OwnHealth } from './own-health.ts'
import { Screen } from './screen.ts'
import { drawTable } from './table.ts'

/** A batch processor hands a collection on in parts, the last one after its timeout (200 ms by default). */
const gatherMs = 300

/** Shows each interval: a table that redraws itself on a terminal, plain lines in a pipe. */
export class ConsoleExporter implements MetricsExporter {
  readonly temporality = 'delta'
  readonly #settings: ComponentSettings
  readonly #config: ConsoleConfig
  readonly #output: ConsoleOutput
  readonly #own = new OwnHealth()
  readonly #screen = new Screen()
  readonly #onResize = () => this.#drawTable()
  #interval: IntervalBuilder | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(settings: ComponentSettings, config: ConsoleConfig, output: ConsoleOutput) {
    this.#settings = settings
    this.#config = config
    this.#output = output
  }

  async start(): Promise<void> {
    if (this.#output.isTerminal) {
      this.#output.stream.on('resize', this.#onResize)
      const { cells } = this.#output
      this.#output.write(
        this.#screen.draw(['otel-nettracer: waiting for the first interval'], cells),
      )
    } else this.#output.write(`${headerLine(this.#settings.version)}\n`)
  }

  consume(metrics: Metrics): void {
    for (const resource of metrics.resourceMetrics) this.#gather(resource)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#show(), gatherMs)
  }

  async shutdown(): Promise<void> {
    this.#output.stream.off('resize', this.#onResize)
    if (this.#timer !== undefined) this.#show()
    await this.#output.finish()
  }

  #gather(resource: ResourceMetrics): void {
    if (resource.resource.attributes['service.name'] === ownServiceName) {
      this.#own.add(resource)
      return
    }
    const end = endTimeOf(resource)
    if (end === undefined) return
    if (this.#interval === undefined || isLater(end, this.#interval.end)) {
      // In a pipe the interval before may still wait; on a terminal it would be seen for no time.
      if (!this.#output.isTerminal) this.#show()
      this.#interval = new IntervalBuilder(end)
    }
    const left = this.#interval.add(resource)
    if (left > 0) {
      const { logger } = this.#settings.telemetry
      logger.limited(
        'warn',
        'console_cumulative',
        'cumulative points are not shown on the console',
        {
          exporter: this.#settings.id,
          points: left,
        },
      )
    }
  }

  #show(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#output.isTerminal) this.#drawTable()
    else this.#writeLines()
  }

  /** What comes late for the same interval is drawn again with the rest of it. */
  #drawTable(): void {
    if (this.#interval === undefined) return
    const { cells, lines, hasColors } = this.#output
    const { sort, rows, hint } = this.#config
    const table = drawTable(this.#interval.build(), this.#own, {
      cells,
      lines,
      paint: hasColors ? paintColors : paintNothing,
      sort,
      rows,
      hint,
      timeZone: undefined,
    })
    // The screen counts on what it drew, so it must not draw what is not written.
    if (this.#output.isReady) this.#output.write(this.#screen.draw(table, cells))
    else this.#output.skip()
  }

  /** What comes late for the same interval gets lines of its own: the sum over all lines stays true. */
  #writeLines(): void {
    if (this.#interval === undefined) return
    const lines = trafficLines(this.#interval.build(), this.#config.sort, this.#config.rows)
    this.#interval = undefined
    if (lines.length === 0) return
    if (this.#output.isReady) this.#output.write(`${lines.join('\n')}\n`)
    else this.#output.skip()
  }
}

function endTimeOf({ scopeMetrics }: ResourceMetrics): HrTime | undefined {
  for (const { metrics } of scopeMetrics) {
    for (const { dataPoints } of metrics) {
      const [first] = dataPoints
      if (first !== undefined) return first.endTime
    }
  }
  return undefined
}

function isLater(one: HrTime, other: HrTime): boolean {
  return one[0] > other[0] || (one[0] === other[0] && one[1] > other[1])
}
