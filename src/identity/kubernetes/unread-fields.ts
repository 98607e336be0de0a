/**
 * Nothing is read of an object or a list under one of these names, wherever it stands: they are most of what a list weighs.
 * Labels and annotations may be called alike, but are texts.
 */
const unread: readonly string[] = [
  ...['managedFields', 'finalizers'],
  // Of pods.
  ...['env', 'envFrom', 'args', 'command', 'volumes', 'volumeMounts', 'volumeDevices', 'resources'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'securityContext'],
  ...['affinity', 'tolerations', 'topologySpreadConstraints', 'nodeSelector', 'imagePullSecrets'],
  ...['conditions', 'state', 'allocatedResources'],
  // Of nodes.
  ...['images', 'capacity', 'allocatable', 'nodeInfo', 'volumesInUse', 'volumesAttached', 'taints'],
]

const names = unread.map((name) => Buffer.from(name))
const longest = Math.max(...names.map(({ length }) => length))
/** By first byte and length: most names are told apart by these. */
const candidates = new Map<number, readonly Buffer[]>()
for (const name of names) {
  const key = keyOf(name[0] ?? 0, name.length)
  candidates.set(key, [...(candidates.get(key) ?? []), name])
}

/** Whether bytes of a JSON text are such a name. */
export function isUnread(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (length <= 0 || length > longest) return false
  const alike = candidates.get(keyOf(bytes[start] ?? 0, length))
  return alike?.some((name) => name.compare(bytes, start, end) === 0) ?? false
}

function keyOf(first: number, length: number): number {
  return (length << 8) | first
}
