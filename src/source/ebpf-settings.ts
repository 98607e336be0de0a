export interface EbpfSettings {
  /** Event ring in bytes: a power of two. 4 MiB hold 15,000 ends of connections. */
  readonly ringBytes?: number
  /** Programs not to load. */
  readonly leaveOut?: readonly string[]
  /** Response times. Default true. */
  readonly hasResponseTimes?: boolean
  /** UDP. Default true. */
  readonly hasDatagrams?: boolean
  /** Answers of DNS; without UDP only those of connected sockets. Default false. */
  readonly hasNames?: boolean
  readonly objectPath?: string
  readonly flowCapacity?: number
  /** Whether the sink gets each open connection at each collection, changed or not. Default false. */
  readonly eachConnection?: boolean
  /** Whether to ask the kernel's connection tracking what was translated; `auto`: where there is one. Default auto. */
  readonly nat?: 'auto' | boolean
}
