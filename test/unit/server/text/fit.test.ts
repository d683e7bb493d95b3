import assert from 'node:assert/strict'
import { test } from 'node:test'
import { truncatePrompt } from '../../../../src/engine/generation/sequence.ts'
import { fitPrompt } from '../../../../src/server/text/fit.ts'
import { seededRandom } from '../../../support/random.ts'

const promptOf = (n: number) => Array.from({ length: n }, (_, i) => i)

test('a prompt that is far too long is cut so that the engine cuts it to the same tokens', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let run = 0; run < 50; run++) {
    const nCtx = 8 + Math.floor(random() * 5000)
    const nKeep = random() < 0.2 ? -1 : Math.floor(random() * nCtx * 1.2)
    const prompt = promptOf(65_536 + Math.floor(random() * 50_000))
    const fitted = fitPrompt(prompt, { nCtx, nKeep, whenTooLong: 'truncate' })
    assert.ok(fitted.length < 2 * nCtx, `${fitted.length} of ${nCtx}`)
    assert.deepEqual(truncatePrompt(fitted, nCtx, nKeep), truncatePrompt(prompt, nCtx, nKeep), `${nCtx} ${nKeep}`)
  }
})

test('where prompts are refused it is refused, with its numbers', () => {
  const fit = { nCtx: 1000, nKeep: 0, whenTooLong: 'refuse' } as const
  assert.throws(() => fitPrompt(promptOf(70_000), fit), {
    kind: 'exceed_context_size',
    message: /the prompt has 70000 tokens, a slot holds 1000/,
    details: { n_prompt_tokens: 70_000, n_ctx: 1000 },
  })
})

test('others are left to the engine', () => {
  for (const whenTooLong of ['truncate', 'refuse'] as const) {
    for (const [n, nCtx] of [
      [5, 1000],
      [65_536, 1000],
      [100_000, 60_000],
    ] as const) {
      const prompt = promptOf(n)
      assert.equal(fitPrompt(prompt, { nCtx, nKeep: 0, whenTooLong }), prompt)
    }
  }
})
