/**
 * Every error this program raises on purpose: a stable code, and what the code means for its user.
 * `docs/errors.md` repeats the table; a test compares the two. A code is never used again for another error.
 */
export const errorCodes = {
  NETTRACER_ERR_CONFIG_INVALID: 'The configuration has errors; each is listed with its place.',
  NETTRACER_ERR_CONFIG_UNREADABLE: 'A configuration file, or a file it names, cannot be read.',
  NETTRACER_ERR_ADDON_MISSING:
    'The native addon or the BPF object is not built, or cannot be loaded.',
  NETTRACER_ERR_LAYOUT_MISMATCH:
    'The BPF object and the decoder were built from different records.',
  NETTRACER_ERR_OBJECT_OPEN: 'libbpf could not open the BPF object.',
  NETTRACER_ERR_OBJECT_LOAD: 'The kernel refused the BPF object.',
  NETTRACER_ERR_SOURCE_UNUSABLE:
    'No source can run here: a privilege or a kernel feature is missing.',
  NETTRACER_ERR_TRACER_CLOSED: 'The tracer was used before it was opened or after it was closed.',
  NETTRACER_ERR_RING_READ: 'The event ring could not be read.',
  NETTRACER_ERR_PASS_READ: 'A pass over the sockets failed part way.',
  NETTRACER_ERR_MAP_READ: 'A BPF map could not be read.',
  NETTRACER_ERR_MAP_WRITE: 'A BPF map could not be written.',
  NETTRACER_ERR_NETLINK_OPEN: 'A netlink socket of a network namespace could not be opened.',
  NETTRACER_ERR_NETLINK_READ: 'The sockets of a network namespace could not be read over netlink.',
  NETTRACER_ERR_CONNTRACK_ABSENT: 'The kernel tracks no connections: nf_conntrack is not loaded.',
  NETTRACER_ERR_LISTEN_FAILED: 'An address to listen on is taken, or not allowed.',
  NETTRACER_ERR_FILE_UNWRITABLE: 'A file to write to cannot be opened.',
  NETTRACER_ERR_KUBERNETES_ACCESS:
    'What the agent needs to speak to Kubernetes is missing or cannot be read: service account, kubeconfig or certificates.',
  NETTRACER_ERR_STORAGE_UNUSABLE: 'A directory of file_storage cannot be used.',
} as const

export type ErrorCode = keyof typeof errorCodes

/** An error with a code of {@link errorCodes}; `message` says what happened and, where there is one, what to do. */
export class NettracerError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NettracerError'
    this.code = code
  }
}

/** The message of whatever was thrown, for a log line. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
