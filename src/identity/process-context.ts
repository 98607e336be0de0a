import { Buffer } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import type { BoundedFiles } from './files.ts'
import { type DecodedResource, decodeProcessContext } from './protobuf.ts'

/** A process context (OTEP 4719) that was read whole, and where it is, so that the next look is cheap. */
export interface ProcessContext extends DecodedResource {
  /** Address of the header in the process. */
  readonly address: number
  /** When the process published it, as the header says; changes with each update. */
  readonly publishedAt: bigint
}

interface Header {
  readonly publishedAt: bigint
  readonly size: number
  readonly payload: bigint
}

const headerBytes = 32
const maxPayloadBytes = 64 * 1024
const maxMapsBytes = 4 * 1024 * 1024
const maxMappings = 4
const maxAttempts = 8
const mark = Buffer.from('OTEL_CTX')
const names = ['[anon_shmem:OTEL_CTX]', '[anon:OTEL_CTX]', '/memfd:OTEL_CTX']

/**
 * Reads the resource that a process's own OpenTelemetry SDK publishes in its memory, from outside and without
 * stopping it: a time stamp before and after tells whether the copy is torn.
 */
export class ProcessContextReader {
  readonly #files: BoundedFiles
  readonly #procRoot: string
  readonly #header = Buffer.alloc(headerBytes)
  readonly #chunk = Buffer.alloc(64 * 1024)
  #reads = 0
  #retries = 0

  constructor(files: BoundedFiles, procRoot: string) {
    this.#files = files
    this.#procRoot = procRoot
  }

  /** Contexts read whole. */
  get reads(): number {
    return this.#reads
  }

  /** Copies thrown away since the process was changing its context meanwhile. */
  get retries(): number {
    return this.#retries
  }

  /**
   * @param previous what was read before: given back as it is while the process has not published anew
   * @returns `undefined` if the process publishes none that can be read now
   */
  read(pid: number, previous?: ProcessContext): ProcessContext | undefined {
    const addresses = previous === undefined ? this.#findMappings(pid) : [previous.address]
    if (addresses.length === 0) return undefined
    const found = this.#open(pid, 'mem', (memory) => {
      for (const address of addresses) {
        const context = this.#readAt(memory, address, previous)
        if (context !== undefined) return context
      }
      return undefined
    })
    return found === undefined && previous !== undefined ? this.read(pid) : found
  }

  #readAt(memory: number, address: number, previous?: ProcessContext): ProcessContext | undefined {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const header = this.#readHeader(memory, address)
      if (header === undefined || header.size > maxPayloadBytes) return undefined
      if (header.publishedAt === previous?.publishedAt) return previous
      const payload = header.publishedAt === 0n ? undefined : copy(memory, header)
      const after = this.#readHeader(memory, address)
      if (payload !== undefined && after?.publishedAt === header.publishedAt) {
        return this.#decode(payload, address, header.publishedAt)
      }
      this.#retries += 1
    }
    return undefined
  }

  #decode(payload: Buffer, address: number, publishedAt: bigint): ProcessContext | undefined {
    const decoded = decodeProcessContext(payload)
    if (decoded === undefined) return undefined
    this.#reads += 1
    return { ...decoded, address, publishedAt }
  }

  #readHeader(memory: number, address: number): Header | undefined {
    const header = this.#header
    if (readSync(memory, header, 0, headerBytes, address) !== headerBytes) return undefined
    if (!header.subarray(0, 8).equals(mark) || header.readUInt32LE(8) !== 2) return undefined
    return {
      size: header.readUInt32LE(12),
      publishedAt: header.readBigUInt64LE(16),
      payload: header.readBigUInt64LE(24),
    }
  }

  /** Looks for the name in `/proc/PID/maps`, which may be long: in parts, and no more than 4 MiB of it. */
  #findMappings(pid: number): number[] {
    const addresses: number[] = []
    this.#open(pid, 'maps', (maps) => {
      let kept = 0
      for (let total = 0; total < maxMapsBytes && addresses.length < maxMappings; ) {
        const got = readSync(maps, this.#chunk, kept, this.#chunk.length - kept, null)
        if (got === 0) break
        total += got
        const text = this.#chunk.subarray(0, kept + got)
        // A line ends in this part, or it is kept for the next; one that fills the buffer is no mapping's.
        const end = text.lastIndexOf(10) + 1
        if (text.includes(mark)) addresses.push(...mappingsIn(text.toString('latin1', 0, end)))
        kept = end === 0 && text.length === this.#chunk.length ? 0 : text.length - end
        this.#chunk.copyWithin(0, end, end + kept)
      }
      return undefined
    })
    return addresses.slice(0, maxMappings)
  }

  #open<T>(pid: number, file: string, use: (opened: number) => T | undefined): T | undefined {
    let opened: number | undefined
    try {
      opened = openSync(`${this.#procRoot}/${pid}/${file}`, 'r')
      return use(opened)
    } catch (error) {
      // EIO and ERR_OUT_OF_RANGE: the process wrote an address where it has no memory.
      if (!isBadAddress(error)) this.#files.note(error)
      return undefined
    } finally {
      if (opened !== undefined) closeSync(opened)
    }
  }
}

function copy(memory: number, header: Header): Buffer | undefined {
  const payload = Buffer.alloc(header.size)
  const got = readSync(memory, payload, 0, header.size, header.payload)
  return got === header.size ? payload : undefined
}

function mappingsIn(maps: string): number[] {
  const addresses: number[] = []
  for (const line of maps.split('\n')) {
    const found = /^([0-9a-f]{1,13})-[0-9a-f]+ \S+ [0-9a-f]+ \S+ \d+ +(.+)$/.exec(line)
    const name = found?.[2]
    if (found === null || name === undefined) continue
    if (names.some((start) => name.startsWith(start))) addresses.push(Number(`0x${found[1]}`))
  }
  return addresses
}

function isBadAddress(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'EIO' || error.code === 'EFAULT' || error.code === 'ERR_OUT_OF_RANGE'
}
