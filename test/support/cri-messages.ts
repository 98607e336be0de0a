import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

const definition = protobuf.loadSync(fileURLToPath(new URL('cri.proto', import.meta.url)))

/** @param type of `runtime.v1`, in the spelling of JavaScript: `podSandboxId` */
export function encodeCri(type: string, message: object): Buffer {
  const known = definition.lookupType(`runtime.v1.${type}`)
  return Buffer.from(known.encode(known.fromObject(message)).finish())
}

// oxlint-disable-next-line no-unnecessary-type-parameters -- the caller names the message, as it does its type
export function decodeCri<T>(type: string, bytes: Buffer): T {
  const known = definition.lookupType(`runtime.v1.${type}`)
  return known.toObject(known.decode(bytes), { defaults: true, longs: Number }) as T
}
