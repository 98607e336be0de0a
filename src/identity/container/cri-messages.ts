import { Buffer } from 'node:buffer'
import { content, eachField, type Field } from '../protobuf-fields.ts'
import type { ToldContainer } from './facts.ts'

/** `runtime.v1.Container` and `runtime.v1.ContainerStatus`, as far as they are needed. */
export interface CriContainer extends ToldContainer {
  readonly id: string
  readonly hasEnded: boolean
}

/** Exited, or gone without a word. */
const exited = 2n

/** `runtime.v1.VersionResponse`. @throws Malformed */
export function readCriVersion(bytes: Buffer): { name: string; version: string } {
  let name = ''
  let version = ''
  eachField(bytes, (field) => {
    if (field.number === 2) name = textOf(field)
    if (field.number === 3) version = textOf(field)
  })
  return { name, version }
}

/** `runtime.v1.ListContainersResponse`. @throws Malformed */
export function readCriList(bytes: Buffer): CriContainer[] {
  const containers: CriContainer[] = []
  eachField(bytes, (field) => {
    if (field.number !== 1) return
    containers.push(readContainer(content(field), { metadata: 3, state: 6, labels: 8 }))
  })
  return containers
}

/** `runtime.v1.ContainerStatusResponse`. @returns `undefined` if it has no status; @throws Malformed */
export function readCriStatus(bytes: Buffer): CriContainer | undefined {
  return readStatuses(bytes, 1)[0]
}

/** `runtime.v1.ContainerEventResponse`. @returns containers of the pod that it is about; @throws Malformed */
export function readCriEvent(bytes: Buffer): CriContainer[] {
  return readStatuses(bytes, 5)
}

function readStatuses(bytes: Buffer, number: number): CriContainer[] {
  const containers: CriContainer[] = []
  eachField(bytes, (field) => {
    if (field.number !== number) return
    containers.push(
      readContainer(content(field), { metadata: 2, state: 3, labels: 12, image: 8, imageRef: 9 }),
    )
  })
  return containers
}

/** A message whose field 1 is a text: `ContainerStatusRequest`. */
export function writeText(text: string): Buffer {
  const bytes = Buffer.from(text.slice(0, 127), 'latin1')
  return Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes])
}

interface Numbers {
  readonly metadata: number
  readonly state: number
  readonly labels: number
  /** Absent: what is there is an id, not a name. */
  readonly image?: number
  readonly imageRef?: number
}

function readContainer(bytes: Buffer, numbers: Numbers): CriContainer {
  let id = ''
  let name = ''
  let image = ''
  let imageRef = ''
  let hasEnded = false
  const labels: [string, string][] = []
  const readers = new Map<number, (field: Field) => void>([
    [1, (field) => void (id = textOf(field))],
    [numbers.metadata, (field) => void (name = firstText(content(field)))],
    [numbers.state, (field) => void (hasEnded = field.bits >= exited)],
    [numbers.labels, (field) => void labels.push(readEntry(content(field)))],
  ])
  if (numbers.image !== undefined) {
    readers.set(numbers.image, (field) => void (image = readImageSpec(content(field))))
  }
  if (numbers.imageRef !== undefined) {
    readers.set(numbers.imageRef, (field) => void (imageRef = textOf(field)))
  }
  eachField(bytes, (field) => readers.get(field.number)?.(field))
  return { id, name, image, imageRef, hasEnded, labels }
}

/** `ImageSpec`: what the user wrote, where the runtime tells that, else what it resolved that to. */
function readImageSpec(bytes: Buffer): string {
  let image = ''
  let written = ''
  eachField(bytes, (field) => {
    if (field.number === 1) image = textOf(field)
    if (field.number === 18) written = textOf(field)
  })
  return written === '' ? image : written
}

function firstText(bytes: Buffer): string {
  let text = ''
  eachField(bytes, (field) => {
    if (field.number === 1) text = textOf(field)
  })
  return text
}

function readEntry(bytes: Buffer): [string, string] {
  let key = ''
  let value = ''
  eachField(bytes, (field) => {
    if (field.number === 1) key = textOf(field)
    if (field.number === 2) value = textOf(field)
  })
  return [key, value]
}

function textOf(field: Field): string {
  return content(field).toString('utf8')
}
