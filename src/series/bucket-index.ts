const asNumber = new Float64Array(1)
const asWords = new Uint32Array(asNumber.buffer)
/** The word with sign and exponent: 1 on little-endian machines. */
const highWord = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** Finer than this the buckets of one octave no longer fit an integer's precision, and nobody needs them. */
export const maxScale = 20
/** At this scale one bucket holds all a number can be on either side of 1. */
export const minScale = -10

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
  const isPowerOfTwo = (fraction | low) === 0

  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale
  if (isPowerOfTwo) return (exponent << scale) - 1
  const perOctave = 1 << scale
  // The same fraction under exponent 0: the value divided by its power of two.
  asWords[highWord] = fraction | 0x3ff00000
  const within = Math.floor(Math.log(asNumber[0]) * Math.LOG2E * perOctave)
  return (exponent << scale) + Math.min(Math.max(within, 0), perOctave - 1)
}
