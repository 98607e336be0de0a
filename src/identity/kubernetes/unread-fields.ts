import type { IsUnread } from './list-reader.ts'

/**
 * Nothing is read of an object or a list under one of these names, wherever it stands: they are most of what a list weighs.
 * Labels and annotations may be called alike, but are texts.
 */
const ofAll: readonly string[] = [
  ...['managedFields', 'finalizers'],
  // Of pods.
  ...['env', 'envFrom', 'args', 'command', 'volumes', 'volumeMounts', 'volumeDevices', 'resources'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'securityContext'],
  ...['affinity', 'tolerations', 'topologySpreadConstraints', 'nodeSelector', 'imagePullSecrets'],
  ...['conditions', 'state', 'allocatedResources'],
  // Of nodes.
  ...['images', 'capacity', 'allocatable', 'nodeInfo', 'volumesInUse', 'volumesAttached', 'taints'],
]

/** Of a pod elsewhere only its addresses and ports count. */
const ofPeers: readonly string[] = [
  ...ofAll,
  ...['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'],
  ...['initContainers', 'ephemeralContainers'],
]

/** For objects of any kind. */
export const isUnread = among(ofAll)

/** For pods of the whole cluster. */
export const isUnreadOfPeers = among(ofPeers)

/** @returns whether bytes of a JSON text are one of the names */
function among(texts: readonly string[]): IsUnread {
  const names = texts.map((name) => Buffer.from(name))
  const longest = Math.max(...names.map(({ length }) => length))
  // By first byte and length: most names are told apart by these.
  const candidates = new Map<number, Buffer[]>()
  for (const name of names) {
    const key = keyOf(name[0] ?? 0, name.length)
    candidates.set(key, [...(candidates.get(key) ?? []), name])
  }
  return (bytes, start, end) => {
    const length = end - start
    if (length <= 0 || length > longest) return false
    const alike = candidates.get(keyOf(bytes[start] ?? 0, length))
    return alike?.some((name) => name.compare(bytes, start, end) === 0) ?? false
  }
}

function keyOf(first: number, length: number): number {
  return (length << 8) | first
}
