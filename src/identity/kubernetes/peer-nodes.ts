import { addressesOf } from './addresses.ts'
import { type JsonObject, objectOf, objectsOf, textOf } from './fields.ts'
import { ObjectIndex } from './object-index.ts'

const mostNodes = 20_000

interface PeerNode {
  readonly name: string
  readonly addresses: readonly string[]
}

/** All nodes of the cluster, by their addresses. */
export class PeerNodes {
  readonly index = new ObjectIndex<PeerNode>({
    most: mostNodes,
    read: readNode,
    added: (node) => {
      for (const address of node.addresses) this.#byAddress.set(address, node.name)
      return node
    },
    removed: ({ name, addresses }) => {
      for (const address of addresses) {
        if (this.#byAddress.get(address) === name) this.#byAddress.delete(address)
      }
    },
  })
  readonly #byAddress = new Map<string, string>()

  /** @returns the node's name */
  withAddress(address: string): string | undefined {
    return this.#byAddress.get(address)
  }
}

function readNode({ metadata, status }: JsonObject): PeerNode | undefined {
  const name = textOf(objectOf(metadata)['name'])
  if (name === undefined) return undefined
  const addresses = objectsOf(objectOf(status)['addresses']).map(({ address }) => address)
  return { name, addresses: addressesOf(addresses) }
}
