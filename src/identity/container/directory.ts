/** What a container runtime tells of a container. */
export interface ContainerFacts {
  /** As a rule 64 hexadecimal digits, as in the path of its control group. */
  readonly id: string
  /** As its runtime shows it, without a leading slash. */
  readonly name: string | undefined
  /** Repository, without tag and digest. */
  readonly imageName: string | undefined
  readonly imageTags: readonly string[]
  /** `repository@sha256:...`: where the image came from, where the runtime tells that. */
  readonly imageDigests?: readonly string[]
  /** `docker`, `podman`, `containerd`, `cri-o`: whoever told it. */
  readonly runtime: string
  /** Bounded by the directory: foreign text. */
  readonly labels: ReadonlyMap<string, string>
  /** Keys of those labels that the user wants in resources; the others are for finding the service only. */
  readonly shownLabels?: ReadonlySet<string>
}

/** Containers of this host. Answers from memory: a runtime is never asked while a connection waits. */
export interface ContainerDirectory {
  /** @returns `undefined` if it is not known, or not known yet */
  find(containerId: string): ContainerFacts | undefined
  /** Grows whenever an answer may be another than before. */
  readonly epoch: number
}
