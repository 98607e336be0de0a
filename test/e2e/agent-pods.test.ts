import { expect, onTestFinished, test } from 'vitest'
import { enginesAreThere } from '../support/engine-room.ts'
import { startPodAgent } from '../support/pods/agent.ts'
import { startNode, tellPods } from '../support/pods/node.ts'
import { declareShop } from '../support/pods/objects.ts'
import { RecordedCluster } from '../support/pods/recorded-cluster.ts'
import { expectedOfShop, shopObjects, toldOfShop } from '../support/pods/shop.ts'

// The same with a real API server: test/kubernetes/agent.test.ts.
test.skipIf(!enginesAreThere())(
  'pods that dial services, pods and nodes are told with both names, what was dialled and what was reached, each byte once',
  async () => {
    const cluster = await RecordedCluster.start()
    onTestFinished(() => cluster[Symbol.asyncDispose]())
    const declared = await declareShop(cluster)
    const node = await startNode(declared)
    await tellPods(cluster, declared, node)
    const pods = await startPodAgent(cluster)
    await pods.knows(shopObjects)
    expect(await toldOfShop(declared, node, pods)).toEqual(expectedOfShop(declared))
  },
)
