import type { CgroupFacts } from './cgroup.ts'
import type { ContainerDirectory, ContainerFacts } from './container/directory.ts'
import type { PodDirectory, PodFacts } from './kubernetes/directory.ts'

/** Where a process runs, as the directories tell it. */
export interface Neighbourhood {
  readonly container: ContainerFacts | undefined
  readonly pod: PodFacts | undefined
}

export interface Directories {
  readonly containers?: ContainerDirectory | undefined
  readonly pods?: PodDirectory | undefined
}

/**
 * Asks the directories of containers and pods.
 *
 * @param before of the same process: it stays in its container, though the directory may have forgotten that
 */
export function lookAround(
  { containers, pods }: Directories,
  cgroup: CgroupFacts | undefined,
  before?: Neighbourhood,
): Neighbourhood {
  return {
    container: findContainer(containers, cgroup?.containerId, before?.container),
    pod: findPod(pods, cgroup, before?.pod),
  }
}

function findContainer(
  containers: ContainerDirectory | undefined,
  id: string | undefined,
  before: ContainerFacts | undefined,
): ContainerFacts | undefined {
  if (id === undefined) return undefined
  return containers?.find(id) ?? (before?.id === id ? before : undefined)
}

function findPod(
  pods: PodDirectory | undefined,
  cgroup: CgroupFacts | undefined,
  before: PodFacts | undefined,
): PodFacts | undefined {
  const { containerId, podUid } = cgroup ?? {}
  if (containerId === undefined && podUid === undefined) return undefined
  return pods?.find(containerId, podUid) ?? (before?.uid === podUid ? before : undefined)
}

/** One number for the state of all directories: another one means that answers may be others. */
export function epochOf({ containers, pods }: Directories): string {
  return `${containers?.epoch ?? 0} ${pods?.epoch ?? 0}`
}
