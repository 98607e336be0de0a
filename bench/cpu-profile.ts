interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly url: string; readonly functionName: string }
  readonly children?: readonly number[]
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/**
 * Time in functions of files of a folder, with all that they called, by a profile of Node.js (`--cpu-prof`).
 *
 * @returns its share of the time in which the program did anything: on a busy machine, that is not the time for which it had a processor
 */
export function shareOf(folder: string, profile: string): number {
  const { nodes, samples, timeDeltas } = JSON.parse(profile) as CpuProfile
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const inside = new Set<number>()
  const visit = (node: ProfileNode) => {
    if (inside.has(node.id)) return
    inside.add(node.id)
    for (const child of node.children ?? []) {
      const next = byId.get(child)
      if (next !== undefined) visit(next)
    }
  }
  for (const node of nodes) if (node.callFrame.url.includes(folder)) visit(node)
  const timeOf = (isWanted: (id: number) => boolean) =>
    timeDeltas.reduce((sum, delta, at) => sum + (isWanted(samples[at] ?? 0) ? delta : 0), 0)
  const isBusy = (id: number) => byId.get(id)?.callFrame.functionName !== '(idle)'
  return timeOf((id) => inside.has(id)) / timeOf(isBusy)
}
