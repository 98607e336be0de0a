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

/** All fields of a struct, those of nested ones in their place. */
export function flatten(types: readonly BtfType[], name: string): Layout {
  const byId = new Map(types.map((type) => [type.id, type]))
  const root = types.find((type) => type.kind === 'STRUCT' && type.name === name)
  if (!root) throw new Error(`struct ${name} is not in the object's BTF`)
  const fields: Field[] = []

  const resolve = (id: number): BtfType => {
    const type = byId.get(id)
    if (!type) throw new Error(`no type ${id}`)
    const passedThrough = ['TYPEDEF', 'CONST', 'VOLATILE'].includes(type.kind)
    return passedThrough && type.type_id !== undefined ? resolve(type.type_id) : type
  }

  const visit = (struct: BtfType, prefix: string, base: number): void => {
    for (const [index, member] of (struct.members ?? []).entries()) {
      const type = resolve(member.type_id)
      const offset = base + member.bits_offset / 8
      if (type.kind === 'STRUCT') {
        visit(type, `${prefix}${member.name}.`, offset)
        continue
      }
      const element =
        type.kind === 'ARRAY' && type.type_id !== undefined ? resolve(type.type_id) : undefined
      const tags = types.filter(
        (tag) =>
          tag.kind === 'DECL_TAG' && tag.type_id === struct.id && tag.component_idx === index,
      )
      fields.push({
        path: prefix + member.name,
        name: member.name,
        offset,
        size: element ? (element.size ?? 0) * (type.nr_elems ?? 0) : (type.size ?? 0),
        isSigned: type.encoding === 'SIGNED',
        ...(element && type.nr_elems !== undefined ? { elements: type.nr_elems } : {}),
        tags: tags.map((tag) => tag.name ?? '').reverse(),
      })
    }
  }
  visit(root, '', 0)
  return { name, size: root.size ?? 0, fields }
}

/** The same text as `KernelObject::DescribeLayout` in native/kernel_maps.cc makes from the loaded object. */
export function layoutText({ name, size, fields }: Layout): string {
  const lines = fields.map((field) => `${field.path} ${field.offset} ${field.size}`)
  return `${[`struct ${name} ${size}`, ...lines].join('\n')}\n`
}
