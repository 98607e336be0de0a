/** One thing that was looked at, for `nettracer doctor`. */
export interface Finding {
  readonly name: string
  readonly isOk: boolean
  readonly detail: string
  /** What to do, where something can be done. */
  readonly fix?: string
}
