// Numbers of 16 bits: IEEE 754 half precision (F16) and the upper half of a float (BF16).

const bits = new Uint32Array(1)
const floats = new Float32Array(bits.buffer)

let table: Float32Array | undefined

/** All halves as floats, indexed by their bits: 256 KiB, made when first needed. */
export function halves(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, half) => floatOf(half))
  return table
}

function floatOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 0x3ff
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

/**
 * The bits of the nearest half; a tie goes to the even one, and a value that is too large becomes
 * infinite.
 */
export function halfOf(value: number): number {
  floats[0] = value
  const all = bits[0]!
  const sign = (all >>> 16) & 0x8000
  const magnitude = all & 0x7fff_ffff
  if (magnitude > 0x7f80_0000) return sign | 0x7e00 // NaN
  if (magnitude >= 0x477f_f000) return sign | 0x7c00 // 65520 and more
  // below 2^-14: subnormal
  if (magnitude < 0x3880_0000) return sign | roundToEven(Math.abs(floats[0]!) * 2 ** 24)
  const odd = (magnitude >>> 13) & 1
  return sign | ((magnitude - 0x3800_0000 + 0xfff + odd) >>> 13)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}

/** The float of a BF16's bits. */
export function floatOfBf16(half: number): number {
  bits[0] = half << 16
  return floats[0]!
}
