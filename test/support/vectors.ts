// Similarity of vectors in tests.
import assert from 'node:assert/strict'

/** 1: the same direction. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/**
 * Builds and batch shapes differ in the last bits; vectors of different texts differ in the first
 * ones.
 */
export function assertAlike(actual: readonly number[], expected: readonly number[], what = ''): void {
  assert.equal(actual.length, expected.length, what)
  const alike = cosine(actual, expected)
  assert.ok(alike > 0.9999, `${what}: the cosine is ${alike}`)
}

export function norm(vector: readonly number[], p = 2): number {
  return vector.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p)
}

/** From base64: 32-bit floats in little-endian order. */
export function floatsOf(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}
