/** An object as the API server answers it. */
export interface ApiObject {
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly { readonly kind: string; readonly uid: string }[]
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
}

/** Takes what users, controllers and kubelets write: a real API server, or one that plays a recording of it. */
export interface ClusterWriter {
  /** @param collection `/api/v1/namespaces/shop/pods` */
  create(collection: string, object: object): Promise<ApiObject>
  /** A merge patch. @param path of the object, perhaps with `/status` */
  write(method: string, path: string, body: object): Promise<ApiObject>
}

/** How an agent reaches it. */
export interface ClusterAccess {
  readonly url: string
  readonly ca: string
  readonly token: string
}

/** A kubeconfig, which is YAML, as JSON is. */
export function kubeconfigOf({ url, ca, token }: ClusterAccess): string {
  return JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'agent' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'agent', user: { token } }],
  })
}
