import type { Resource } from '@opentelemetry/resources'
import {
  type TargetLabels,
  targetInfoName,
  targetLabels,
} from '../wire/prometheus/target-labels.ts'
import type { Families, Family } from './families.ts'
import type { LabelSets } from './label-sets.ts'
import type { Sample } from './series.ts'

/** As long as Prometheus looks back: then nothing is left of one that is not sent any more. */
const FORGOTTEN_MS = 300_000

interface Target {
  readonly labels: string
  timeMs: number
}

/** What has been sent as `target_info`: once for each job and instance at a time. */
export class SentTargets {
  readonly #family: Family
  readonly #sets: LabelSets
  readonly #targets = new Map<string, Target>()
  /** A process's resource is the same object each time. */
  readonly #known = new WeakMap<Resource, TargetLabels | 'none'>()
  #sweptMs = 0

  constructor(namespace: string, families: Families, sets: LabelSets) {
    const description = { unit: '', description: 'Target metadata' }
    this.#family = families.make(targetInfoName(namespace), 'gauge', description)
    this.#sets = sets
  }

  /** What is to be sent for a resource: nothing, its `target_info`, or with it the end of the one that it replaces. */
  next(resource: Resource, timeMs: number): Sample[] {
    const target = this.#labelsOf(resource)
    if (target === undefined) return []
    this.#sweep(timeMs)
    const before = this.#targets.get(target.identity)
    if (before !== undefined && timeMs <= before.timeMs) return []
    this.#targets.set(target.identity, { labels: target.all, timeMs })
    const info = this.#sample(target.all, timeMs, false)
    if (before === undefined || before.labels === target.all) return [info]
    return [this.#sample(before.labels, timeMs, true), info]
  }

  #labelsOf(resource: Resource): TargetLabels | undefined {
    const known = this.#known.get(resource)
    if (known !== undefined) return known === 'none' ? undefined : known
    const labels = targetLabels(resource)
    this.#known.set(resource, labels ?? 'none')
    return labels
  }

  #sample(labels: string, timeMs: number, hasEnded: boolean): Sample {
    const family = this.#family
    const set = this.#sets.of(labels)
    return { family, name: family.name, labels: set, value: 1, hasEnded, timeMs, startMs: 0 }
  }

  #sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptMs) < FORGOTTEN_MS) return
    this.#sweptMs = nowMs
    for (const [identity, { timeMs }] of this.#targets) {
      if (Math.abs(nowMs - timeMs) >= FORGOTTEN_MS) this.#targets.delete(identity)
    }
  }
}
