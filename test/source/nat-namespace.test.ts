import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SocketDiag } from '../../src/source/inet-diag-addon.ts'
import { NatNamespace } from '../../src/source/nat-namespace.ts'
import { NatTable } from '../../src/source/nat-table.ts'
import { NatWatch } from '../../src/source/nat-watch.ts'
import { doneMessage, entryMessage } from '../support/conntrack.ts'

const sequenceOf = (request: Uint8Array) =>
  new DataView(request.buffer, request.byteOffset).getUint32(8, true)

const netns = statSync('/proc/self/ns/net').ino

interface Answering {
  readonly diag: SocketDiag
  dumps: number
  isClosed: boolean
}

/** The netlink sockets of a namespace with a kernel whose answers to dumps are made by the test. */
function answering(
  answer: (sequence: number, into: Uint8Array) => number,
  overruns = () => 0,
): Answering {
  let sequence = 0
  const state: Answering = {
    dumps: 0,
    isClosed: false,
    diag: {
      open: () => ({ netns, receiveBytes: 1, conntrackEvents: 2 }),
      dump: (request, into) => {
        state.dumps += 1
        if (request !== undefined) sequence = sequenceOf(request)
        return Promise.resolve(answer(sequence, into))
      },
      ask: () => 0,
      drain: () => 0,
      overruns,
      close: () => {
        state.isClosed = true
      },
    },
  }
  return state
}

/** As many entries as there is room for, each of another connection. */
function fill(sequence: number, into: Uint8Array, from: number): number {
  let length = 0
  for (let at = 0; at < 100; at += 1) {
    const sourcePort = 1024 + ((from + at) % 60_000)
    const ports = { original: { sourcePort }, reply: { targetPort: sourcePort } }
    const bytes = entryMessage({ sequence, flags: 2, ...ports })
    if (length + bytes.length > into.length) break
    into.set(bytes, length)
    length += bytes.length
  }
  return length
}

const namespaceOf = ({ diag }: Answering, table = new NatTable()) =>
  new NatNamespace({ diag, table, mostDumpBytes: 1 << 20 })

test('a dump that does not end is given up, and what it told is kept', async () => {
  let told = 0
  const kernel = answering((sequence, into) => {
    told += 100
    return fill(sequence, into, told)
  })
  const table = new NatTable(1024)
  const namespace = namespaceOf(kernel, table)
  await expect(namespace.catchUp(new Uint8Array(256 << 10))).rejects.toThrow('does not end')
  expect(table.size).toBe(1024)
  expect(kernel.dumps).toBeLessThan(200)
})

test('a dump that says nothing at all ends it', async () => {
  const kernel = answering(() => 0)
  const namespace = namespaceOf(kernel)
  await namespace.catchUp(new Uint8Array(256 << 10))
  // One of translated sources, one of translated targets.
  expect(kernel.dumps).toBe(2)
})

test('an answer to an earlier dump is no end of this one', async () => {
  let isOld = true
  const kernel = answering((sequence, into) => {
    const bytes = doneMessage(isOld ? sequence - 1 : sequence)
    isOld = !isOld
    into.set(bytes)
    return bytes.length
  })
  const namespace = namespaceOf(kernel)
  await namespace.catchUp(new Uint8Array(256 << 10))
  expect(kernel.dumps).toBe(4)
})

test('events that were lost are made up for by one dump', async () => {
  let overruns = 0
  const kernel = answering(
    (sequence, into) => {
      const bytes = doneMessage(sequence)
      into.set(bytes)
      return bytes.length
    },
    () => overruns,
  )
  const namespace = namespaceOf(kernel)
  const into = new Uint8Array(256 << 10)
  await namespace.catchUp(into)
  await namespace.catchUp(into)
  expect(namespace.dumps).toBe(1)
  overruns = 5
  await namespace.catchUp(into)
  await namespace.catchUp(into)
  expect(namespace.dumps).toBe(2)
})

test('a namespace whose dump does not end is closed, counted, and opened anew at the next collection', async () => {
  const kernels: Answering[] = []
  const watch = new NatWatch({
    namedRoot: '/nowhere',
    mostDumpBytes: 1 << 20,
    createDiag: () => {
      const kernel = answering((sequence, into) => fill(sequence, into, kernels.length * 1000))
      kernels.push(kernel)
      return kernel.diag
    },
    maxNamespaces: 1,
  })
  await watch.refresh()
  const first = watch.health()
  expect(first.failures).toBeGreaterThan(0)
  expect(first.namespaces).toBe(0)
  expect(kernels.every(({ isClosed }) => isClosed)).toBe(true)
  expect(first.entries).toBeGreaterThan(0)
  const opened = kernels.length
  await watch.refresh()
  expect(kernels.length).toBeGreaterThan(opened)
  watch.stop()
})
