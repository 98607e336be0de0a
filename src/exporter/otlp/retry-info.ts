import { bytesOf, numberOf, readFields } from '../wire/protobuf-fields.ts'

const nothing = new Uint8Array()

/**
 * Reads `google.rpc.RetryInfo` out of `grpc-status-details-bin`, a `google.rpc.Status`. What cannot be read is
 * as if it were not there: the bytes come from the network.
 *
 * @returns the wait that the backend asks for in milliseconds, or `undefined` if there is no `RetryInfo`
 */
export function readRetryDelay(statusDetails: Uint8Array): number | undefined {
  for (const any of bytesOf(readFields(statusDetails).fields, 3)) {
    const { fields } = readFields(any)
    const [typeUrl = nothing] = bytesOf(fields, 1)
    if (!Buffer.from(typeUrl).toString().endsWith('/google.rpc.RetryInfo')) continue
    const [retryInfo = nothing] = bytesOf(fields, 2)
    const [delay = nothing] = bytesOf(readFields(retryInfo).fields, 1)
    const duration = readFields(delay).fields
    return Math.max(0, numberOf(duration, 1) * 1000 + numberOf(duration, 2) / 1e6)
  }
  return undefined
}
