import type { ComponentSettings } from '../../config/component.ts'
import type { ScrapeOutcome } from './scrape-server.ts'
import type { DropReason } from './series-store.ts'

const dropMessages: Record<DropReason, string> = {
  duplicate: 'two points for one series; the last one is shown',
  type_conflict: 'two metrics of different types have one Prometheus name; the first one is shown',
  temporality: 'points with delta temporality cannot be scraped',
  name: 'a metric has no name that Prometheus could take',
}

/** What the exporter tells of itself. */
export function createScrapeTelemetry({ id, telemetry }: ComponentSettings) {
  const { meter, logger } = telemetry
  const component = { 'otel.component.name': id }
  const scrapes = meter.createCounter('nettracer.exporter.scrapes', {
    unit: '{scrape}',
    description: 'Scrapes of the Prometheus endpoint, by outcome.',
  })
  const series = meter.createGauge('nettracer.exporter.scrape.series', {
    unit: '{series}',
    description: 'Series on the page at the last scrape.',
  })
  const dropped = meter.createCounter('nettracer.exporter.dropped_points', {
    unit: '{point}',
    description: 'Data points dropped before any backend saw them.',
  })
  return {
    scraped(outcome: ScrapeOutcome): void {
      scrapes.add(1, { ...component, 'nettracer.outcome': outcome })
      if (outcome === 'skipped') {
        logger.limited('warn', 'scrapes_refused', 'scrape refused: too many at once', {
          exporter: id,
        })
      }
    },
    served(count: number): void {
      series.record(count, component)
    },
    dropped(reason: DropReason, points: number): void {
      dropped.add(points, { ...component, 'nettracer.drop.reason': reason })
      logger.limited('warn', `scrape_${reason}`, dropMessages[reason], { exporter: id, points })
    },
  }
}
