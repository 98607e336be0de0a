/**
 * Which process. A pid alone is not enough, since pids are used again; the kernel's start time beside it is
 * (`task_struct.start_boottime` of the thread group's leader, ns of `CLOCK_BOOTTIME`).
 */
export interface ProcessKey {
  /** 0 where no process is known: the connection still has a cgroup. */
  readonly pid: number
  readonly startTime: bigint
  /** cgroup v2 id: the inode of the directory in the unified hierarchy. 0 if unknown. */
  readonly cgroupId: bigint
}

/** What the kernel told of a process the first time it was seen with a socket: enough if it is gone by now. */
export interface ProcessSeen extends ProcessKey {
  /** Base name of the executable's file; any bytes, as latin1-free UTF-8 with U+FFFD for what is not. */
  readonly executableName: string
  /** `task_struct.comm`: 15 bytes that the process may set itself. */
  readonly comm: string
  /** Real user id. */
  readonly uid: number
  /**
   * Path of its control group, at the first sight, where the kernel told of it: of v1 if it is in one there, else of v2. Its last
   * three parts; it begins with `/` if that is all of it.
   */
  readonly cgroupPath?: string
  /**
   * Who started it, the parent first, as of the first sight; only those in its control group and mount namespace: what starts a
   * container or a service is not of it. Absent where the source does not tell.
   */
  readonly ancestors?: readonly ProcessKey[]
}
