import type { Workload } from './workload.ts'

interface Shared {
  readonly workload: Workload
  pods: number
}

/** One object for all pods of a workload, for as long as there are any. */
export class WorkloadPool {
  readonly #shared = new Map<string, Shared>()

  get size(): number {
    return this.#shared.size
  }

  acquire(workload: Workload): Workload {
    const key = JSON.stringify(workload)
    const known = this.#shared.get(key)
    if (known === undefined) this.#shared.set(key, { workload, pods: 1 })
    else known.pods += 1
    return known?.workload ?? workload
  }

  release(workload: Workload): void {
    const key = JSON.stringify(workload)
    const known = this.#shared.get(key)
    if (known === undefined) return
    known.pods -= 1
    if (known.pods === 0) this.#shared.delete(key)
  }
}
