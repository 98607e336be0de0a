import type { InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import { writeAttributes, writeText } from './attributes.ts'
import { ByteWriter } from './byte-writer.ts'
import { KnownBytes } from './known-bytes.ts'
import { Tag } from './tags.ts'

/** What stands under one resource, of either signal. */
export interface OfResource<Item> {
  readonly resource: Resource
  readonly scopes: readonly {
    readonly scope: InstrumentationScope
    readonly items: readonly Item[]
  }[]
}

const resources = new KnownBytes<Resource>((to, { attributes }) => {
  writeAttributes(to, attributes, Tag.resource.attributes)
  to.close(Tag.ofResource.resource, 0)
})

const scopes = new KnownBytes<InstrumentationScope>((to, { name, version }) => {
  writeText(to, version, Tag.scope.version)
  writeText(to, name, Tag.scope.name)
  to.close(Tag.ofScope.scope, 0)
})

/** One for all: what is written is taken within the same turn. */
const writer = new ByteWriter(1024 * 1024)

/** A request of one resource. @param write writes an item under the tag it is given */
export function encodeResource<Item>(
  { resource, scopes: all }: OfResource<Item>,
  write: (to: ByteWriter, item: Item, tag: number) => void,
): Uint8Array {
  // One that threw half way left something.
  writer.clear()
  writeText(writer, resource.schemaUrl, Tag.ofResource.schemaUrl)
  for (const { scope, items } of all.toReversed()) {
    const before = writer.length
    writeText(writer, scope.schemaUrl, Tag.ofScope.schemaUrl)
    for (const item of items.toReversed()) write(writer, item, Tag.ofScope.items)
    writer.bytes(scopes.of(scope))
    writer.close(Tag.ofResource.scopes, before)
  }
  writer.bytes(resources.of(resource))
  writer.close(Tag.request.resources, 0)
  return writer.take()
}
