import type { Buffer } from 'node:buffer'
import { isUtf8 } from 'node:buffer'
import { content, eachField, type Field, Malformed } from './protobuf-fields.ts'

export type SimpleValue = string | number | boolean | string[] | number[] | boolean[]

/** Attributes of a decoded `opentelemetry.proto.resource.v1.Resource`. */
export interface DecodedResource {
  readonly attributes: ReadonlyMap<string, SimpleValue>
  /**
   * Each attribute is there with its exact value. False if one is of a kind that the JavaScript `Resource` does not
   * carry (bytes, maps, mixed lists, integers beyond 2^53), or was not valid.
   */
  readonly isComplete: boolean
}

const maxAttributes = 512
const maxElements = 1024

/**
 * Decodes a `ProcessContext` of OTEP 4719: field 1 is the Resource, all else is skipped.
 *
 * @returns `undefined` if the bytes are no such message
 */
export function decodeProcessContext(bytes: Buffer): DecodedResource | undefined {
  try {
    const decoder = new ResourceDecoder()
    eachField(bytes, (field) => {
      if (field.number === 1) decoder.resource(field)
    })
    return decoder.finish()
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

class ResourceDecoder {
  readonly #attributes = new Map<string, SimpleValue>()
  #isComplete = true

  resource(resource: Field): void {
    eachField(content(resource), (field) => {
      if (field.number === 1) this.#attribute(content(field))
    })
  }

  finish(): DecodedResource {
    return { attributes: this.#attributes, isComplete: this.#isComplete }
  }

  #attribute(bytes: Buffer): void {
    let key: string | undefined
    let value: SimpleValue | undefined
    eachField(bytes, (field) => {
      if (field.number === 1) key = this.#text(content(field))
      if (field.number === 2) value = this.#value(content(field))
    })
    const isUsable = key !== undefined && key !== '' && key !== '__proto__' && value !== undefined
    if (!isUsable || this.#attributes.has(key ?? '') || this.#attributes.size >= maxAttributes) {
      this.#isComplete = false
    } else if (key !== undefined && value !== undefined) {
      this.#attributes.set(key, value)
    }
  }

  #value(bytes: Buffer): SimpleValue | undefined {
    let value: SimpleValue | undefined
    eachField(bytes, (field) => {
      value = field.number === 5 ? this.#list(content(field)) : this.#scalar(field)
    })
    return value
  }

  #scalar(field: Field): string | number | boolean | undefined {
    switch (field.number) {
      case 1:
        return this.#text(content(field))
      case 2:
        return varint(field) !== 0n
      case 3: {
        const integer = BigInt.asIntN(64, varint(field))
        return Number.isSafeInteger(Number(integer)) ? Number(integer) : undefined
      }
      case 4:
        return double(field)
      default:
        return undefined
    }
  }

  #list(bytes: Buffer): string[] | number[] | boolean[] | undefined {
    const values: (SimpleValue | undefined)[] = []
    eachField(bytes, (element) => {
      if (element.number !== 1) return
      let value: SimpleValue | undefined
      eachField(content(element), (field) => {
        value = this.#scalar(field)
      })
      values.push(value)
      if (values.length > maxElements) throw new Malformed()
    })
    if (values.every((value) => typeof value === 'string')) return values
    if (values.every((value) => typeof value === 'number')) return values
    if (values.every((value) => typeof value === 'boolean')) return values
    return undefined
  }

  #text(bytes: Buffer): string {
    if (!isUtf8(bytes)) this.#isComplete = false
    return bytes.toString('utf8')
  }
}

function varint(field: Field): bigint {
  if (field.wireType !== 0) throw new Malformed()
  return field.bits
}

function double(field: Field): number {
  if (field.wireType !== 1) throw new Malformed()
  return new Float64Array(new BigUint64Array([field.bits]).buffer)[0] ?? 0
}
