import {
  type AnyExporterNode,
  type Chain,
  type ExtensionNode,
  exportersOf,
  type NamedComponent,
  type Pipelines,
  processorsOf,
  type ReceiverNode,
} from './nodes.ts'

/** What it takes to come from what runs to what is to run. */
export interface Change {
  readonly newExtensions: readonly ExtensionNode[]
  readonly newExporters: readonly AnyExporterNode[]
  /** Of each chain the last one first. */
  readonly newProcessors: readonly NamedComponent[]
  readonly newReceivers: readonly ReceiverNode[]
  readonly changedReceivers: readonly ReceiverNode[]
  readonly oldExtensions: readonly ExtensionNode[]
  /** Old ones that must end before new ones can begin: they have what those need. */
  readonly inTheWay: readonly AnyExporterNode[]
  /** Other old ones: they may send what they hold beside the new ones. */
  readonly oldExporters: readonly AnyExporterNode[]
  readonly oldChains: readonly Chain[]
  readonly oldReceivers: readonly ReceiverNode[]
}

export function changeOf(before: Pipelines, next: Pipelines): Change {
  const [exportersBefore, exportersNext] = [exportersOf(before), exportersOf(next)]
  const newExporters = without(exportersNext, exportersBefore)
  const leaving = without(exportersBefore, exportersNext)
  const oldExtensions = without(before.extensions, next.extensions)
  const isInTheWay = ({ id, type, isExclusive, uses }: AnyExporterNode) =>
    (isExclusive && newExporters.some((one) => one.isExclusive && one.type === type)) ||
    newExporters.some((one) => one.id === id && one.uses.some((name) => uses.includes(name))) ||
    oldExtensions.some((extension) => uses.includes(extension.id))
  return {
    newExtensions: without(next.extensions, before.extensions),
    newExporters,
    newProcessors: without(processorsOf(next), processorsOf(before)),
    newReceivers: without(next.receivers, before.receivers),
    changedReceivers: next.receivers.filter(({ reconfigure }) => reconfigure !== undefined),
    oldExtensions,
    inTheWay: leaving.filter(isInTheWay),
    oldExporters: leaving.filter((one) => !isInTheWay(one)),
    oldChains: [...before.chains.values()].filter(
      (chain) => ![...next.chains.values()].includes(chain),
    ),
    oldReceivers: without(before.receivers, next.receivers),
  }
}

/** Nothing of these is what a new configuration can take over. */
export function forgetting(pipelines: Pipelines, gone: readonly NamedComponent[]): Pipelines {
  const components = new Set(gone.map(({ component }) => component))
  const forget = <Node extends NamedComponent>(node: Node): Node =>
    components.has(node.component) ? { ...node, key: '' } : node
  const forgetAll = <Node extends NamedComponent>(nodes: ReadonlyMap<string, Node>) =>
    new Map([...nodes].map(([id, node]) => [id, forget(node)]))
  return {
    ...pipelines,
    extensions: pipelines.extensions.map(forget),
    metricsExporters: forgetAll(pipelines.metricsExporters),
    logsExporters: forgetAll(pipelines.logsExporters),
  }
}

/** Those of which the other list does not have the component. */
function without<Node extends NamedComponent>(
  nodes: readonly Node[],
  others: readonly NamedComponent[],
): Node[] {
  const theirs = new Set(others.map(({ component }) => component))
  return nodes.filter(({ component }) => !theirs.has(component))
}
