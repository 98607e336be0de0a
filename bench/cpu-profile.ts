interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly url: string }
  readonly children?: readonly number[]
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly startTime: number
  readonly endTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/**
 * Time in functions of files of a folder, with all that they called, by a profile of Node.js (`--cpu-prof`).
 *
 * @returns its share of the time that passed
 */
export function timeWithin(profile: string, folder: string): { readonly share: number } {
  const { nodes, samples, timeDeltas, startTime, endTime } = JSON.parse(profile) as CpuProfile
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
  let spent = 0
  for (const [at, id] of samples.entries()) if (inside.has(id)) spent += timeDeltas[at] ?? 0
  return { share: spent / (endTime - startTime) }
}
