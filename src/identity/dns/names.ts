/** Names that processes of this host were told by DNS. Answers from memory. */
export interface DnsNames {
  /**
   * The name by which an address was asked for, last: by this process, else in its network namespace, else on this host.
   *
   * @param address as `formatAddress` writes it
   */
  nameOf(address: string, netns: number, pid: number): string | undefined
  /** Grows whenever an answer may be another than before. */
  readonly epoch: number
}
