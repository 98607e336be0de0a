import { promisify } from 'node:util'
import { constants, deflate, gzip, type ZlibOptions, zstdCompress } from 'node:zlib'

/** Go's name for a coding without a search for repetitions. */
const HUFFMAN_ONLY = -2

const FASTEST_ZSTD = 1
const BEST_ZSTD = 19

export interface Compression {
  /** Value of `Content-Encoding`. */
  readonly name: string
  /** Not on the event loop. */
  readonly apply: (body: Uint8Array) => Promise<Uint8Array>
}

const zstdAsync = promisify(zstdCompress)
const gzipAsync = promisify<Uint8Array, ZlibOptions, Buffer>(gzip)
const deflateAsync = promisify<Uint8Array, ZlibOptions, Buffer>(deflate)

/**
 * @param level 0: the default of the method, which for zstd is its fastest, as in the Collector's HTTP client
 * @returns `undefined` for none
 */
export function compressionOf(method: string, level: number): Compression | undefined {
  const options =
    level === HUFFMAN_ONLY
      ? { strategy: constants.Z_HUFFMAN_ONLY }
      : { level: level === 0 ? constants.Z_DEFAULT_COMPRESSION : level }
  if (method === 'gzip') return { name: method, apply: async (body) => gzipAsync(body, options) }
  // What HTTP calls deflate has the frame of zlib.
  if (method === 'deflate' || method === 'zlib') {
    return { name: method, apply: async (body) => deflateAsync(body, options) }
  }
  if (method !== 'zstd') return undefined
  const zstdLevel = Math.min(Math.max(level, FASTEST_ZSTD), BEST_ZSTD)
  const params = { [constants.ZSTD_c_compressionLevel]: zstdLevel }
  return { name: method, apply: async (body) => zstdAsync(body, { params }) }
}
