import type { Resource } from '@opentelemetry/resources'
import type { FamilySnapshot, Point } from './family.ts'
import { identityLabels } from './identity-labels.ts'
import { formatLabels, toLabels } from './labels.ts'
import { metricName } from './names.ts'

interface Target {
  readonly resource: Resource
  readonly labels: string
  seenMs: number
}

const inIdentity = ['service.name', 'service.namespace', 'service.instance.id']
const taken = new Set(['job', 'instance'])
const one: Point = { startTime: [0, 0], endTime: [0, 0], attributes: {}, value: 1 }

/** The `target_info` series: one for each job and instance, with the other attributes of its resource as labels. */
export class TargetStore {
  readonly #name: string
  readonly #targets = new Map<string, Target>()

  constructor(settings: { readonly namespace: string }) {
    const hasSuffixes = false
    const naming = { namespace: settings.namespace, hasSuffixes }
    this.#name = metricName('target_info', '', 'gauge', naming) ?? 'target_info'
  }

  get size(): number {
    return this.#targets.size
  }

  /** A resource without a job or an instance has no target: nothing could be joined with it. */
  update(resource: Resource, nowMs: number): void {
    const identity = identityLabels(resource.attributes)
    if (identity.size < 2) return
    const key = formatLabels(identity)
    const known = this.#targets.get(key)
    if (known?.resource === resource) {
      known.seenMs = nowMs
      return
    }
    const others = { ...resource.attributes }
    for (const name of inIdentity) delete others[name]
    const labels = [formatLabels(toLabels(others, taken)), key]
      .filter((part) => part !== '')
      .join(',')
    this.#targets.set(key, { resource, labels, seenMs: nowMs })
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
}
