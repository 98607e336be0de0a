/** Who may hold a pod's instance id. */
export interface Claimant {
  /** Looks now, and does not go by the last look. */
  livesNow(): boolean
}

/**
 * Who has the instance id `<namespace>.<pod>.<container>`: one process at a time, since what two processes report under one id
 * would be one series. When its holder has ended, the container's next first process has it, as an SDK would.
 */
export class PodInstances {
  readonly #holders = new Map<string, Claimant>()

  /** @returns whether it is the claimant's now */
  claim(id: string, claimant: Claimant): boolean {
    const holder = this.#holders.get(id)
    if (holder !== undefined && holder !== claimant && holder.livesNow()) return false
    this.#holders.set(id, claimant)
    return true
  }

  release(id: string, claimant: Claimant): void {
    if (this.#holders.get(id) === claimant) this.#holders.delete(id)
  }
}
