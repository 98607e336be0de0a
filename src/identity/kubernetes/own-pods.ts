import type { PodDirectory, PodFacts } from './directory.ts'
import type { ExtractionSettings } from './extraction.ts'
import type { JsonObject } from './fields.ts'
import { type ClusterFacts, type OwnPod, readPod } from './pod.ts'
import type { ObjectSink } from './resource-watch.ts'

/** A node has 110 pods by default, and hardly ever more than 500. */
const maxPods = 5_000
/** Connections of a pod that ended are still told of. */
const keepEndedMs = 60_000

export interface OwnPodsSettings {
  readonly extraction: ExtractionSettings
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number
}

interface Kept {
  readonly pod: OwnPod
  /** What it was made of, to see whether it changed. */
  readonly text: string
  /** Of the list or the event that told of it last. */
  generation: number
  /** When it was no more; infinite while it is. */
  endedMs: number
}

/** The pods of this node, by their containers and control groups. */
export class OwnPods implements PodDirectory, ObjectSink {
  readonly #settings: OwnPodsSettings
  readonly #clock: () => number
  readonly #pods = new Map<string, Kept>()
  readonly #byContainer = new Map<string, PodFacts>()
  readonly #byUid = new Map<string, OwnPod>()
  #cluster: ClusterFacts = {}
  #generation = 0
  #epoch = 0
  #leftOut = 0

  constructor(settings: OwnPodsSettings) {
    this.#settings = settings
    this.#clock = settings.clock ?? (() => performance.now())
  }

  get epoch(): number {
    return this.#epoch
  }

  get size(): number {
    return this.#pods.size
  }

  /** Pods beyond the 5000 that are kept. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** Holds for pods that are told of from now on: to be set before. */
  set cluster(facts: ClusterFacts) {
    this.#cluster = facts
  }

  find(containerId: string | undefined, podUid: string | undefined): PodFacts | undefined {
    const known = containerId === undefined ? undefined : this.#byContainer.get(containerId)
    if (known !== undefined || podUid === undefined) return known
    const pod = this.#byUid.get(podUid) ?? this.#byUid.get(podUid.replaceAll('_', '-'))
    return pod?.facts
  }

  relisting(): void {
    this.#generation += 1
  }

  listed(): void {
    for (const [uid, kept] of this.#pods) {
      if (kept.generation !== this.#generation) this.drop(uid)
    }
    this.#forgetEnded()
  }

  put(object: JsonObject): void {
    this.#forgetEnded()
    const pod = readPod(object, this.#settings.extraction, this.#cluster)
    const uid = pod?.uids[0]
    if (pod === undefined || uid === undefined) return
    const known = this.#pods.get(uid)
    const text = textOfPod(pod)
    if (known?.text === text) {
      known.generation = this.#generation
      known.endedMs = Number.POSITIVE_INFINITY
    } else if (known === undefined && this.#pods.size >= maxPods) this.#leftOut += 1
    else this.#keep(uid, pod, text)
  }

  drop(uid: string): void {
    const kept = this.#pods.get(uid)
    if (kept !== undefined) kept.endedMs = Math.min(kept.endedMs, this.#clock())
    this.#forgetEnded()
  }

  #keep(uid: string, pod: OwnPod, text: string): void {
    this.#remove(uid)
    const endedMs = Number.POSITIVE_INFINITY
    this.#pods.set(uid, { pod, text, generation: this.#generation, endedMs })
    for (const each of pod.uids) this.#byUid.set(each, pod)
    for (const [id, facts] of pod.containers) this.#byContainer.set(id, facts)
    this.#epoch += 1
  }

  #forgetEnded(): void {
    const before = this.#clock() - keepEndedMs
    for (const [uid, { endedMs }] of this.#pods) {
      if (endedMs > before) continue
      this.#remove(uid)
      this.#epoch += 1
    }
  }

  /** What another pod has taken over since is left to it: a static pod's uid outlives its mirror. */
  #remove(uid: string): void {
    const pod = this.#pods.get(uid)?.pod
    this.#pods.delete(uid)
    if (pod === undefined) return
    for (const each of pod.uids) if (this.#byUid.get(each) === pod) this.#byUid.delete(each)
    for (const [id, facts] of pod.containers) {
      if (this.#byContainer.get(id) === facts) this.#byContainer.delete(id)
    }
  }
}

/** All that an answer is made of. */
function textOfPod({ uids, facts, containers }: OwnPod): string {
  const { attributes, resourceAnnotations, serviceLabels, ownerName } = facts
  const ofContainers = [...containers].map(([id, { attributes }]) => [id, attributes])
  const ofPod = [uids, attributes, [...resourceAnnotations], [...serviceLabels], ownerName]
  return JSON.stringify([ofPod, ofContainers])
}
