import type { KubernetesApi } from '../../support/kubernetes-api.ts'
import type { ApiObject } from '../../support/pods/cluster.ts'
import { type Declared, declareShop } from '../../support/pods/objects.ts'

const system = '/api/v1/namespaces/kube-system'

/** Has a server take the shop. @returns what it answered to each object, by its path */
export async function recordShop(
  api: KubernetesApi,
): Promise<{ declared: Declared; recording: Record<string, ApiObject> }> {
  const recording: Record<string, ApiObject> = {}
  const declared = await declareShop({
    async create(collection, object) {
      const answer = await api.create(collection, object)
      recording[`${collection}/${answer.metadata.name}`] = answer
      return answer
    },
    write: (method, path, body) => api.write(method, path, body),
  })
  const { text } = await api.ask('GET', system)
  recording[system] = JSON.parse(text) as ApiObject
  return { declared, recording }
}
