// Models whose memory cannot be cut anywhere, recurrent ones and those with a sliding window: never a wrong answer.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Json, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, printedRandom, randomTokens, startEndless } from './generations.ts'

const nCtx = 192
const random = printedRandom('memory kinds')

for (const name of ['tiny-mamba', 'tiny-swa'] as const) {
  describe(name, async () => {
    const one = await startServer('-m', tinyModel(name), '-c', String(nCtx))
    const three = await startServer('-m', tinyModel(name), '-c', '768', '-np', '3')

    /** Asks in the slot as it is, then from nothing on another server. */
    const assertWarmIsCold = async (prompt: readonly number[], what: string) => {
      const warm = await complete(one.url, { prompt, n_predict: 10, n_probs: 2 })
      assert.equal(warm.timings.cache_n + warm.timings.prompt_n, warm.tokens_evaluated)
      assertSameTokens(warm, await cold(three.url, { prompt, n_predict: 10, n_probs: 2 }), what)
      return warm
    }

    test('a second turn', async () => {
      const first = randomTokens(random, 50)
      const { tokens } = await assertWarmIsCold(first, 'first')
      const second = [...first, ...tokens, ...randomTokens(random, 12)]
      const warm = await assertWarmIsCold(second, 'second')
      assert.ok(warm.timings.cache_n >= 50, `${warm.timings.cache_n} of ${second.length} were reused`)
    })

    test('an edited turn', async () => {
      const first = randomTokens(random, 90)
      await assertWarmIsCold(first, 'first')
      for (const nSame of [1, 20, 50, 80]) {
        await assertWarmIsCold([...first.slice(0, nSame), ...randomTokens(random, 25)], `${nSame} the same`)
        await assertWarmIsCold(first, 'first again')
      }
    })

    test('a shorter prompt', async () => {
      const first = randomTokens(random, 100)
      await assertWarmIsCold(first, 'first')
      for (const n of [99, 60, 33, 10, 1]) await assertWarmIsCold(first.slice(0, n), `${n} tokens`)
    })

    test('the same again and again', async () => {
      const prompt = randomTokens(random, 64)
      for (let i = 0; i < 4; i++) await assertWarmIsCold(prompt, `time ${i}`)
    })

    test('after a client that left', async () => {
      const prompt = randomTokens(random, 64)
      for (let i = 0; i < 3; i++) {
        const running = await startEndless(one.url, { prompt })
        running.leave()
        await assertWarmIsCold([...prompt, ...randomTokens(random, i)], `time ${i}`)
      }
    })

    test('more than the context holds', async () => {
      const prompt = randomTokens(random, 40)
      for (const nKeep of [0, 20, -1]) {
        const answer = await cold(one.url, { prompt, n_keep: nKeep, n_predict: 600 })
        assert.ok(answer.tokens_predicted >= 600)
        assert.equal(answer.truncated, true)
        assert.ok(answer.content.slice(-200).trim().length > 50, 'the text goes on')
      }
      const long = randomTokens(random, 1000)
      const cut = await cold(one.url, { prompt: long, n_predict: 50 })
      assert.deepEqual([cut.truncated, cut.tokens_predicted >= 50], [true, true])
    })

    test('what a shifted context leaves behind', async () => {
      for (const nKeep of [0, 20, 39]) {
        const prompt = randomTokens(random, 40)
        const shifted = await cold(one.url, { prompt, n_keep: nKeep, n_predict: 300 })
        const body = { prompt: [...prompt, ...shifted.tokens.slice(0, 60)], n_predict: 1, n_probs: 10 }
        const [warm, reference] = [await complete(one.url, body), await cold(three.url, body)]
        const expected = logprobs(reference)
        for (const [id, logprob] of logprobs(warm)) {
          const difference = Math.abs(logprob - (expected.get(id) ?? Number.NEGATIVE_INFINITY))
          // the tenth place may be another token
          assert.ok(difference < 0.1 || !expected.has(id), `n_keep ${nKeep}: logprob of ${id} is off by ${difference}`)
        }
      }
    })

    test('several slots', async () => {
      const prompts = Array.from({ length: 12 }, (_, i) => randomTokens(random, 10 + i * 9))
      const together = prompts.map((prompt) => complete(three.url, { prompt, n_predict: 12, n_probs: 2 }))
      for (const [i, answer] of (await Promise.all(together)).entries()) {
        const alone = await cold(one.url, { prompt: prompts[i], n_predict: 12, n_probs: 2 })
        assertSameTokens(answer, alone, `prompt ${i}`)
      }
    })

    test('random prompts with common prefixes, several at a time', async () => {
      const roots = Array.from({ length: 2 }, () => randomTokens(random, 60))
      const prompts = Array.from({ length: 24 }, () => {
        const root = roots[Math.floor(random() * 2)]!
        return [...root.slice(0, 20 + Math.floor(random() * 41)), ...randomTokens(random, Math.floor(random() * 30))]
      })
      const together = prompts.map((prompt) =>
        complete(three.url, { prompt, n_predict: Math.floor(random() * 12), n_probs: 2 }),
      )
      await Promise.all(together)
      const again = prompts.map((prompt) => complete(three.url, { prompt, n_predict: 8, n_probs: 2 }))
      for (const [i, answer] of (await Promise.all(again)).entries()) {
        const alone = await cold(one.url, { prompt: prompts[i], n_predict: 8, n_probs: 2 })
        assertSameTokens(answer, alone, `prompt ${i}`)
      }
    })
  })
}

/** Of the first token's candidates. */
function logprobs(answer: Json): Map<number, number> {
  const { top_logprobs } = answer.completion_probabilities[0]
  return new Map(top_logprobs.map((top: Json) => [top.id, top.logprob]))
}

test('tiny-mamba: after an overflow the text is that of the tokens which are left', async () => {
  const server = await startServer('-m', tinyModel('tiny-mamba'), '-c', String(nCtx))
  const prompt = randomTokens(random, 40)
  const nKeep = 16
  const whole = await cold(server.url, { prompt, n_keep: nKeep, n_predict: 200, n_probs: 2 })
  // full when all cells are taken and one token waits: the older half after n_keep + 1 goes
  const seen = [...prompt, ...whole.tokens].slice(0, nCtx + 1)
  const start = nKeep + 1
  const left = [...seen.slice(0, start), ...seen.slice(start + Math.floor((nCtx - nKeep - 1) / 2))]
  const reference = await cold(server.url, { prompt: left, n_predict: 20, n_probs: 2 })
  reference.tokens.length = 20 // not the rest of a character
  const nBefore = nCtx + 1 - prompt.length
  assertSameTokens({ tokens: whole.tokens.slice(nBefore, nBefore + 20) }, reference, 'after the overflow')
})
