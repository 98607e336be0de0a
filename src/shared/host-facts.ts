import type { Attributes } from '@opentelemetry/api'

/** What the machine calls itself. What could not be read is absent. */
export interface HostFacts {
  /** `host.id`, `host.name`, `host.arch`, `os.type`. */
  readonly attributes: Attributes
  /** `os.description`, `os.version`: for a resource that stands for the host, not for each process. */
  readonly system: Attributes
}
