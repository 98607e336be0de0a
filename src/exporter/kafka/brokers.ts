/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

const DEFAULT_PORT = 9092

/**
 * Reads `host`, `host:port` or `[address]:port`.
 *
 * @returns `undefined` if it is none of these
 */
export function parseBroker(text: string): BrokerAddress | undefined {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) return undefined
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  return number > 0 && number < 65_536 ? { host, port: number } : undefined
}
