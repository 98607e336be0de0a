import type { Resource } from '@opentelemetry/resources'
import {
  type TargetLabels,
  targetInfoName,
  targetLabels,
} from '../wire/prometheus/target-labels.ts'
import type { FamilySnapshot, Point } from './family.ts'

interface Target {
  readonly labels: string
  seenMs: number
}

const one: Point = { startTime: [0, 0], endTime: [0, 0], attributes: {}, value: 1 }

/** The `target_info` series: one for each job and instance, with the other attributes of its resource as labels. */
export class TargetStore {
  readonly #name: string
  readonly #targets = new Map<string, Target>()
  /** A process's resource is the same object each time. */
  readonly #known = new WeakMap<Resource, TargetLabels | 'none'>()

  constructor(settings: { readonly namespace: string }) {
    this.#name = targetInfoName(settings.namespace)
  }

  get size(): number {
    return this.#targets.size
  }

  update(resource: Resource, nowMs: number): void {
    const labels = this.#labelsOf(resource)
    if (labels === undefined) return
    const known = this.#targets.get(labels.identity)
    if (known?.labels === labels.all) known.seenMs = nowMs
    else this.#targets.set(labels.identity, { labels: labels.all, seenMs: nowMs })
  }

  /** Forgets those last seen before a moment. */
  expire(oldestMs: number): void {
    for (const [key, { seenMs }] of this.#targets) {
      if (seenMs < oldestMs) this.#targets.delete(key)
    }
  }

  snapshot(): FamilySnapshot {
    const labels = [...this.#targets.values()].map((target) => target.labels)
    const points = labels.map(() => one)
    return { name: this.#name, type: 'gauge', unit: '', help: 'Target metadata', labels, points }
  }

  #labelsOf(resource: Resource): TargetLabels | undefined {
    const known = this.#known.get(resource)
    if (known !== undefined) return known === 'none' ? undefined : known
    const labels = targetLabels(resource)
    this.#known.set(resource, labels ?? 'none')
    return labels
  }
}
