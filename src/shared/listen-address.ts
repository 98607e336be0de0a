/** Where to listen. */
export interface Endpoint {
  /** A name or an address without brackets; absent for every address of the host, IPv6 and IPv4. */
  readonly host?: string
  /** 0 lets the kernel choose. */
  readonly port: number
}

/**
 * Reads `host:port` as Go does: `localhost:9464`, `0.0.0.0:9464`, `[::1]:9464`, and `:9464` for every address.
 *
 * @returns `undefined` if it is none
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^\s:/[\]]*)):(\d{1,5})$/.exec(text.trim())
  const port = Number(parts?.[3])
  if (parts === null || port > 65_535) return undefined
  const host = parts[1] ?? parts[2] ?? ''
  return host === '' ? { port } : { host, port }
}

/** Whether only this machine can reach it. */
export function isLoopback(endpoint: string): boolean {
  const { host = '' } = parseEndpoint(endpoint) ?? {}
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}
