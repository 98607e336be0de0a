/** A type as `bpftool btf dump -j` prints it. */
export interface BtfType {
  readonly id: number
  readonly kind: string
  readonly name?: string
  readonly size?: number
  readonly type_id?: number
  readonly nr_elems?: number
  readonly encoding?: string
  readonly component_idx?: number
  readonly members?: readonly { name: string; type_id: number; bits_offset: number }[]
  readonly values?: readonly { name: string; val: number }[]
}

export interface Field {
  /** With the structs that it is in: `total.flow.pid`. */
  readonly path: string
  readonly name: string
  /** Bytes from the start of the record. */
  readonly offset: number
  /** Bytes. */
  readonly size: number
  readonly isSigned: boolean
  readonly elements?: number
  readonly tags: readonly string[]
}

export interface Layout {
  readonly name: string
  readonly size: number
  readonly fields: readonly Field[]
}

type TypesById = ReadonlyMap<number, BtfType>

/** The type behind typedefs and qualifiers. */
function resolve(byId: TypesById, id: number | undefined): BtfType {
  const type = byId.get(id ?? 0)
  if (!type) throw new Error(`the object's BTF has no type ${id}`)
  const isPassedThrough = ['TYPEDEF', 'CONST', 'VOLATILE'].includes(type.kind)
  return isPassedThrough ? resolve(byId, type.type_id) : type
}

/** What `TAG` says of a member, in the order of the header. */
function tagsOf(byId: TypesById, struct: BtfType, member: number): string[] {
  return [...byId.values()]
    .filter(({ kind, type_id: of }) => kind === 'DECL_TAG' && of === struct.id)
    .filter(({ component_idx: index }) => index === member)
    .map(({ name }) => name ?? '')
    .reverse()
}

/** Bytes and number of elements of a field's type. */
function extentOf(byId: TypesById, type: BtfType): Pick<Field, 'size' | 'elements'> {
  if (type.kind !== 'ARRAY') return { size: type.size ?? 0 }
  const elements = type.nr_elems ?? 0
  return { size: (resolve(byId, type.type_id).size ?? 0) * elements, elements }
}

/** All fields of a struct, those of nested ones in their place. */
export function flatten(types: readonly BtfType[], name: string): Layout {
  const byId = new Map(types.map((type) => [type.id, type]))
  const root = types.find((type) => type.kind === 'STRUCT' && type.name === name)
  if (!root) throw new Error(`struct ${name} is not in the object's BTF`)

  const fieldsOf = (struct: BtfType, prefix: string, base: number): Field[] =>
    (struct.members ?? []).flatMap((member, index) => {
      const type = resolve(byId, member.type_id)
      const path = prefix + member.name
      const offset = base + member.bits_offset / 8
      if (type.kind === 'STRUCT') return fieldsOf(type, `${path}.`, offset)
      const tags = tagsOf(byId, struct, index)
      const isSigned = type.encoding === 'SIGNED'
      return [{ path, name: member.name, offset, isSigned, tags, ...extentOf(byId, type) }]
    })

  return { name, size: root.size ?? 0, fields: fieldsOf(root, '', 0) }
}

/** The same text as `KernelObject::DescribeLayout` in native/kernel_maps.cc makes from the loaded object. */
export function layoutText({ name, size, fields }: Layout): string {
  const lines = fields.map((field) => `${field.path} ${field.offset} ${field.size}`)
  return `${[`struct ${name} ${size}`, ...lines].join('\n')}\n`
}
