// Seeds of requests: integers of up to 64 bits, where libllama has 32.
import { described, type Schema } from './schema.ts'

/** libllama's value for a random seed: -1 as an unsigned number. */
export const randomSeed = 2 ** 32 - 1

/** JSON has no integers beyond 2^53 in JavaScript: adjacent ones there give the same seed. */
export const seedSchema: Schema<number> = described('is not an integer of 64 bits', {
  type: 'integer',
  minimum: -(2 ** 63),
  maximum: 2 ** 64,
})

/** An odd number whose multiples spread over all bits: 2^64 divided by the golden ratio. */
const spread = 0x9e37_79b9_7f4a_7c15n

/** Seeds of 32 bits stay unchanged, -1 is random; others are mixed into 32 bits. */
export function readSeed(given: number): number {
  if (given >= -1 && given <= randomSeed) return given
  return Number(BigInt.asUintN(64, BigInt(given) * spread) >> 32n) % randomSeed
}
