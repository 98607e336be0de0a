import { addressesOf, endpointKey, transportOf } from './addresses.ts'
import { type JsonObject, objectOf, objectsOf, portOf, textOf } from './fields.ts'
import { ObjectIndex } from './object-index.ts'

const mostSlices = 100_000

/** One address and port behind a service. */
export interface PeerEndpoint {
  readonly namespace: string
  readonly service: string
  /** Absent where no pod stands behind it. */
  readonly podUid: string | undefined
}

interface Slice {
  readonly namespace: string
  readonly service: string
  /** In pairs: where, and the uid of the pod, if it is one. */
  readonly endpoints: readonly (readonly [keys: readonly string[], podUid: string | undefined])[]
}

/** What stands behind the services of the cluster (EndpointSlices). */
export class PeerEndpoints {
  readonly index = new ObjectIndex<Slice>({
    most: mostSlices,
    read: readSlice,
    added: (slice) => this.#add(slice),
    removed: (slice) => this.#remove(slice),
  })
  readonly #byEndpoint = new Map<string, PeerEndpoint>()
  readonly #byService = new Map<string, Set<Slice>>()

  atEndpoint(key: string): PeerEndpoint | undefined {
    return this.#byEndpoint.get(key)
  }

  /** Uids of the pods behind a service. */
  *podsOf(namespace: string, service: string): Generator<string> {
    for (const slice of this.#byService.get(`${namespace}/${service}`) ?? []) {
      for (const [, podUid] of slice.endpoints) if (podUid !== undefined) yield podUid
    }
  }

  #add(slice: Slice): Slice {
    const { namespace, service } = slice
    const key = `${namespace}/${service}`
    const slices = this.#byService.get(key) ?? new Set()
    this.#byService.set(key, slices.add(slice))
    for (const [keys, podUid] of slice.endpoints) {
      const endpoint = { namespace, service, podUid }
      for (const each of keys) this.#byEndpoint.set(each, endpoint)
    }
    return slice
  }

  #remove(slice: Slice): void {
    const { namespace, service } = slice
    const key = `${namespace}/${service}`
    const slices = this.#byService.get(key)
    slices?.delete(slice)
    if (slices?.size === 0) this.#byService.delete(key)
    for (const [keys, podUid] of slice.endpoints) {
      for (const each of keys) {
        const known = this.#byEndpoint.get(each)
        if (known?.podUid === podUid && known?.service === service) this.#byEndpoint.delete(each)
      }
    }
  }
}

function readSlice({ metadata, endpoints, ports }: JsonObject): Slice | undefined {
  const { namespace, labels } = objectOf(metadata)
  const service = textOf(objectOf(labels)['kubernetes.io/service-name'])
  if (service === undefined) return undefined
  const open = objectsOf(ports).flatMap(({ port, protocol }) => {
    const transport = transportOf(protocol)
    const number = portOf(port)
    return transport === undefined || number === undefined ? [] : [{ port: number, transport }]
  })
  return {
    namespace: textOf(namespace) ?? 'default',
    service,
    endpoints: objectsOf(endpoints).map(({ addresses, targetRef }) => {
      const { kind, uid } = objectOf(targetRef)
      const keys = addressesOf(Array.isArray(addresses) ? addresses : []).flatMap((address) =>
        open.map(({ port, transport }) => endpointKey(address, port, transport)),
      )
      return [keys, kind === 'Pod' ? textOf(uid) : undefined] as const
    }),
  }
}
