const asNumber = new Float64Array(1)
const asWords = new Uint32Array(asNumber.buffer)
/** The word with sign and exponent: 1 on little-endian machines. */
const highWord = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** Finer than this the buckets of one octave no longer fit an integer's precision, and nobody needs them. */
export const maxScale = 20
/** At this scale one bucket holds all a number can be on either side of 1. */
export const minScale = -10

/** Up to this scale a bucket is looked up, which costs a third of a logarithm. */
const tableScale = 8
const perTableOctave = 1 << tableScale
/** Lower bounds of the buckets of one octave, and 2. */
const bounds = Float64Array.from(
  { length: perTableOctave + 1 },
  (_, at) => 2 ** (at / perTableOctave),
)
/** The bucket in which the fractions with the same first 11 bits begin. None of these ranges holds two bounds. */
const bucketOfPrefix = Uint8Array.from({ length: 2048 }, (_, prefix) => {
  const start = 1 + prefix / 2048
  return bounds.findLastIndex((bound) => bound <= start)
})

/**
 * The bucket of a value: `base^index < value <= base^(index + 1)` with `base = 2^(2^-scale)`, as OTLP defines it.
 * Exact at powers of two; elsewhere a value within rounding of a boundary may fall to either side.
 *
 * @param value a positive, finite number
 * @param scale from {@link minScale} to {@link maxScale}
 */
export function bucketIndex(value: number, scale: number): number {
  asNumber[0] = value
  const high = asWords[highWord] ?? 0
  const low = asWords[1 - highWord] ?? 0
  const fraction = high & 0xfffff
  // Below the smallest normal number the exponent says nothing more; all of those share its bucket.
  const exponent = Math.max(high >>> 20, 1) - 1023
  if ((fraction | low) === 0) return scale > 0 ? (exponent << scale) - 1 : (exponent - 1) >> -scale
  if (scale <= 0) return exponent >> -scale

  // The same fraction under exponent 0: the value divided by its power of two.
  asWords[highWord] = fraction | 0x3ff00000
  const significand = asNumber[0]
  if (scale <= tableScale) {
    const begin = bucketOfPrefix[fraction >> 9] ?? 0
    const within = significand > (bounds[begin + 1] ?? 2) ? begin + 1 : begin
    return (exponent << scale) + (within >> (tableScale - scale))
  }
  const perOctave = 1 << scale
  const within = Math.floor(Math.log(significand) * Math.LOG2E * perOctave)
  return (exponent << scale) + Math.min(Math.max(within, 0), perOctave - 1)
}
