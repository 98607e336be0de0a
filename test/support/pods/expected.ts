import type { EdgeFigures } from './edges.ts'
import { traffic } from './node.ts'
import { addresses, type Declared, type PodName } from './objects.ts'

type Edges = Record<string, EdgeFigures>

interface Ends {
  readonly client: Edges
  readonly server: Edges
}

/** Payload alike both ways; of held connections one is still open. */
function figures(...all: readonly { calls: number; bytes: number; held?: number }[]): EdgeFigures {
  const opened = all.reduce((sum, { calls }) => sum + calls, 0)
  const held = all.reduce((sum, one) => sum + (one.held ?? 0), 0)
  const bytes = all.reduce((sum, one) => sum + one.calls * one.bytes, 0)
  return { opened, closed: opened - held, tx: bytes, rx: bytes }
}

const named = (...pairs: readonly string[]) => pairs.join(' ')

/** What the pods of the shop are to be told to have done, once each: what was dialled, what was reached, who that is. */
export function expectedEdges({ pods }: Declared): Record<Exclude<PodName, 'stock'>, Ends> {
  const { cart, side, agent, stock, cartFromNode } = traffic
  const toCart = figures(cart, { ...traffic.cartHeld, held: 1 })
  const podNamed = (name: PodName, node = 'node-1') =>
    `k8s.pod.name=${pods[name].metadata.name} k8s.node.name=${node}`
  const cartByService = named(
    `server.address=${addresses.cartService} server.port=80 network.peer.address=${addresses.cart}`,
    `server.service.name=cart-api k8s.service.name=cart ${podNamed('cart')}`,
  )
  const fromWeb = (port: number) =>
    named(
      `server.port=${port} network.peer.address=${addresses.web}`,
      `client.service.name=storefront ${podNamed('web')}`,
    )
  return {
    web: {
      client: {
        [cartByService]: toCart,
        [named(
          `server.address=${addresses.cart} server.port=9090 network.peer.address=${addresses.cart}`,
          `server.service.name=cart-api ${podNamed('cart')}`,
        )]: figures(side),
        [named(
          `server.address=${addresses.node} server.port=9100 network.peer.address=${addresses.node}`,
          `server.service.name=node-agent ${podNamed('agent')}`,
        )]: figures(agent),
        [named(
          `server.address=${addresses.stockService} server.port=80 network.peer.address=${addresses.stock}`,
          `server.service.name=stock k8s.service.name=stock ${podNamed('stock', 'node-2')}`,
        )]: figures(stock),
      },
      server: {},
    },
    cart: {
      client: {},
      server: {
        [fromWeb(8080)]: toCart,
        [fromWeb(9090)]: figures(side),
        // All of a node have its address: the API does not know whose connection it is, the process at the other end does.
        [named(
          `server.port=8080 network.peer.address=${addresses.node}`,
          'client.service.name=node-agent k8s.node.name=node-1',
        )]: figures(cartFromNode),
      },
    },
    agent: {
      client: { [cartByService]: figures(cartFromNode) },
      server: { [fromWeb(9100)]: figures(agent) },
    },
  }
}
