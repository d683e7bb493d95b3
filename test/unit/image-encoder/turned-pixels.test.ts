import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turnedPixels } from '../../../src/image-encoder/turned-pixels.ts'
import type { Orientation } from '../../../src/protocol/image-encoder.ts'

/** Rows of letters, each a pixel. */
function pack(...rows: readonly string[]) {
  const rgb = Uint8Array.from([...rows.join('')].flatMap((letter) => [letter.charCodeAt(0), 1, 2]))
  return { width: rows[0]!.length, height: rows.length, rgb }
}

// the letter F, as it is stored in a file whose orientation shows it upright
const stored: Readonly<Record<Orientation, readonly string[]>> = {
  1: ['XXX', 'X..', 'XX.', 'X..', 'X..'],
  2: ['XXX', '..X', '.XX', '..X', '..X'],
  3: ['..X', '..X', '.XX', '..X', 'XXX'],
  4: ['X..', 'X..', 'XX.', 'X..', 'XXX'],
  5: ['XXXXX', 'X.X..', 'X....'],
  6: ['X....', 'X.X..', 'XXXXX'],
  7: ['....X', '..X.X', 'XXXXX'],
  8: ['XXXXX', '..X.X', '....X'],
}

for (const [orientation, rows] of Object.entries(stored)) {
  test(`orientation ${orientation} is shown upright`, () => {
    assert.deepEqual(turnedPixels(pack(...rows), Number(orientation) as Orientation), pack(...stored[1]))
  })
}
