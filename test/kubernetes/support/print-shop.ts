// print-shop.ts: has a real kube-apiserver take the objects of test/support/pods/objects.ts, and prints its answers as JSON,
// for test/support/pods/recorded-shop.json. npm run check:kubernetes builds the server.
import { KubernetesApi } from '../../support/kubernetes-api.ts'
import { recordShop } from './record-shop.ts'

await using api = await KubernetesApi.start()
console.log(JSON.stringify((await recordShop(api)).recording, null, 2))
