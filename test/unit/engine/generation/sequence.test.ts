import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { effectiveKeep, Sequence, truncatePrompt } from '../../../../src/engine/generation/sequence.ts'
import { sequenceOf, task, tokensFrom } from '../../../support/tasks.ts'

/** A prompt cut the slow way: blocks are taken out one after the other until what is left fits. */
function truncatedSlowly(prompt: readonly number[], nCtx: number, nKeep: number): number[] {
  const block = Math.floor((nCtx - nKeep) / 2)
  const kept = prompt.slice(0, nKeep)
  let rest = prompt.slice(nKeep)
  while (rest.length >= 2 * block) rest = rest.slice(block)
  return [...kept, ...rest]
}

describe('truncatePrompt()', () => {
  test('a prompt shorter than the context stays as it is', () => {
    for (const nKeep of [-1, 0, 3, 100]) {
      const prompt = tokensFrom(0, 15)
      assert.deepEqual(truncatePrompt(prompt, 16, nKeep), { tokens: prompt, isTruncated: false })
    }
  })

  test('a prompt as long as the context or longer loses whole blocks after n_keep (all sizes, against the slow way)', () => {
    for (let nCtx = 8; nCtx <= 64; nCtx += 3) {
      for (let length = nCtx; length <= 5 * nCtx; length += 7) {
        const prompt = tokensFrom(0, length)
        for (let asked = 0; asked <= nCtx + 2; asked += 5) {
          const nKeep = Math.min(asked, nCtx - 4)
          const { tokens, isTruncated } = truncatePrompt(prompt, nCtx, asked)
          assert.deepEqual(tokens, truncatedSlowly(prompt, nCtx, nKeep), `${length} into ${nCtx}, keep ${asked}`)
          assert.ok(isTruncated && tokens.length < nCtx)
          assert.equal(tokens.at(-1), length - 1)
          assert.deepEqual(tokens.slice(0, nKeep), prompt.slice(0, nKeep))
        }
      }
    }
  })

  test('the figures of the formula by hand: 100 tokens, a context of 32, n_keep 6', () => {
    const { tokens } = truncatePrompt(tokensFrom(0, 100), 32, 6) // blocks of 13: floor((100 - 6 - 13) / 13) = 6 go
    assert.deepEqual(tokens, [...tokensFrom(0, 6), ...tokensFrom(6 + 6 * 13, 100 - 6 - 6 * 13)])
  })

  test('n_keep -1 keeps all but four positions from the start', () => {
    const { tokens } = truncatePrompt(tokensFrom(0, 40), 20, -1)
    assert.deepEqual(tokens.slice(0, 16), tokensFrom(0, 16))
    assert.deepEqual(tokens, truncatedSlowly(tokensFrom(0, 40), 20, 16))
  })

  test('the prompt itself is not changed', () => {
    const prompt = tokensFrom(0, 40)
    truncatePrompt(prompt, 20, 2)
    assert.deepEqual(prompt, tokensFrom(0, 40))
  })
})

test('effectiveKeep() is what was asked, -1 the whole prompt, and leaves four positions free', () => {
  const cases = [
    [0, 10, 32, 0],
    [5, 10, 32, 5],
    [-1, 10, 32, 10],
    [28, 10, 32, 28],
    [29, 10, 32, 28],
    [-1, 100, 32, 28],
    [5, 10, 3, 0],
  ] as const
  for (const [asked, nPrompt, nCtx, keep] of cases) {
    assert.equal(effectiveKeep(asked, nPrompt, nCtx), keep, `${asked} of ${nPrompt} in ${nCtx}`)
  }
})

describe('Sequence', () => {
  test('a sequence without a token is a mistake of the caller', () => {
    assert.throws(() => new Sequence(task(), [], false), { name: 'AssertionError' })
  })

  test('counts: pending are the tokens that are not computed, and who has one pending decodes', () => {
    const sequence = sequenceOf({ prompt: tokensFrom(0, 10) })
    assert.deepEqual([sequence.nPrompt, sequence.nPending, sequence.isDecoding], [10, 10, false])
    sequence.begin(4, 100)
    assert.deepEqual([sequence.nCached, sequence.nComputed, sequence.nPending], [4, 4, 6])
    sequence.computed(5, 110)
    assert.equal(sequence.isDecoding, true)
    sequence.computed(1, 120)
    assert.equal(sequence.nPending, 0)
    sequence.append(77, 121)
    assert.deepEqual([sequence.nPredicted, sequence.nPending, sequence.isDecoding], [1, 1, true])
    assert.deepEqual(sequence.tokens, [...tokensFrom(0, 10), 77])
  })

  test('more computed than there are tokens, or all of them from the cache, is a mistake of the caller', () => {
    const sequence = sequenceOf({ prompt: [1, 2, 3] })
    assert.throws(() => sequence.begin(3, 0), { name: 'AssertionError' })
    sequence.begin(0, 0)
    assert.throws(() => sequence.computed(4, 0), { name: 'AssertionError' })
  })

  test('the tokens of the task are copied', () => {
    const prompt = [1, 2, 3]
    const sequence = sequenceOf({ prompt })
    sequence.computed(3, 0)
    sequence.append(4, 0)
    sequence.discard(0, 2)
    assert.deepEqual([prompt, sequence.tokens, sequence.isTruncated], [[1, 2, 3], [3, 4], true])
  })

  test('timings: the prompt ends with its last row, the text with its last token, waiting for a slot counts for neither', () => {
    const sequence = sequenceOf({ prompt: tokensFrom(0, 10) })
    sequence.begin(3, 1000)
    assert.deepEqual(sequence.timings(), { nCached: 3, nPrompt: 0, promptMs: 0, nPredicted: 0, predictedMs: 0 })
    sequence.computed(5, 1100)
    assert.deepEqual(sequence.timings(), { nCached: 3, nPrompt: 5, promptMs: 100, nPredicted: 0, predictedMs: 0 })
    sequence.computed(2, 1250)
    sequence.append(1, 1251)
    sequence.computed(1, 1300)
    sequence.append(2, 1301)
    const timings = sequence.timings()
    assert.deepEqual(timings, { nCached: 3, nPrompt: 7, promptMs: 250, nPredicted: 2, predictedMs: 51 })
  })
})
