// Every sampling field of /completion has its effect. The judge of most: the probabilities of the next token after the chain
// (`n_probs` of the whole vocabulary), beside those that the definition of the sampler gives from the raw logits.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '4')
const nVocab = 568
const newline = 13
const eos = 2

/** All samplers but the draw are off. */
const off = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, repeat_penalty: 1 }
/** Token ids as a prompt: a few words, one of them twice, and a new line. */
const promptIds = [400, 410, newline, 420, 410, 430]

async function complete(body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { prompt: 'Hello', n_predict: 40, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

const textOf = async (body: object): Promise<string> => (await complete(body)).content

async function idOf(piece: string): Promise<number> {
  const { tokens } = (await post(url, '/tokenize', { content: piece })).json
  assert.equal(tokens.length, 1, piece)
  return tokens[0]
}

/** The first token's probabilities by id, after the chain and raw. */
async function next(body: object): Promise<{ chosen: number; chain: Map<number, number>; raw: Map<number, number> }> {
  const fields = { prompt: promptIds, n_predict: 1, n_probs: nVocab, seed: 1, cache_prompt: false, ...off, ...body }
  const [entry] = (await complete(fields)).completion_probabilities
  const raw = new Map<number, number>(entry.top_logprobs.map(({ id, logprob }: Json) => [id, Math.exp(logprob)]))
  // the chain's list tells strings: they are matched with ids by the token's own text, which is unique but for a few
  const ids = new Map<string, number[]>()
  for (const { id, bytes } of entry.top_logprobs) {
    const key = nameOf(bytes)
    ids.set(key, [...(ids.get(key) ?? []), id])
  }
  const chain = new Map<number, number>()
  for (const { tok_str, prob } of entry.probs) chain.set(ids.get(tok_str)!.shift()!, prob)
  assert.equal(raw.size, nVocab)
  assert.equal(chain.size, nVocab)
  return { chosen: entry.id, chain, raw }
}

function nameOf(bytes: readonly number[]): string {
  const text = Buffer.from(bytes).toString()
  if (!text.includes('\ufffd')) return text
  return `byte: ${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
}

const sorted = (probs: Map<number, number>) => [...probs].sort((a, b) => b[1] - a[1])
const kept = (probs: Map<number, number>) => new Set([...probs].filter(([, prob]) => prob > 0).map(([id]) => id))

/** What is left of the raw probabilities when only some tokens may come. */
function renormalized(raw: Map<number, number>, ids: Iterable<number>): Map<number, number> {
  const left = new Map([...ids].map((id) => [id, raw.get(id)!]))
  const sum = [...left.values()].reduce((a, b) => a + b, 0)
  return new Map([...left].map(([id, prob]) => [id, prob / sum]))
}

function assertClose(actual: Map<number, number>, expected: Map<number, number>): void {
  for (const [id, prob] of actual) {
    const want = expected.get(id) ?? 0
    assert.ok(Math.abs(prob - want) < 2e-5, `token ${id}: ${prob}, expected ${want}`)
  }
}

/** What was added to a token's logit, seen against a token that nothing was added to. */
function added(chain: Map<number, number>, raw: Map<number, number>, id: number, still: number): number {
  return Math.log(chain.get(id)! / raw.get(id)!) - Math.log(chain.get(still)! / raw.get(still)!)
}

function assertAdded(
  { chain, raw }: { chain: Map<number, number>; raw: Map<number, number> },
  wanted: Readonly<Record<number, number>>,
  still = 440,
): void {
  for (const [id, want] of Object.entries(wanted)) {
    const is = added(chain, raw, Number(id), still)
    assert.ok(Math.abs(is - want) < 1e-3, `token ${id}: ${is} was added to its logit, expected ${want}`)
  }
}

describe('temperature', () => {
  it('0 takes the likeliest token, whatever the seed', async () => {
    const texts = [1, 2, 3].map((seed) => textOf({ temperature: 0, seed }))
    assert.equal(new Set(await Promise.all(texts)).size, 1)
    const { chosen, raw } = await next({ temperature: 0 })
    assert.equal(chosen, sorted(raw)[0]![0])
  })

  it('below 0 is as 0', async () => {
    assert.equal(await textOf({ temperature: -1 }), await textOf({ temperature: 0 }))
  })

  it('divides the logits', async () => {
    for (const temperature of [0.5, 1, 2]) {
      const { chain, raw } = await next({ temperature })
      const powers = new Map([...raw].map(([id, prob]) => [id, prob ** (1 / temperature)]))
      assertClose(chain, renormalized(powers, powers.keys()))
    }
  })

  it('changes the text', async () => {
    assert.notEqual(await textOf({ temperature: 0.3, seed: 1 }), await textOf({ temperature: 3, seed: 1 }))
  })

  it('may move with the entropy', async () => {
    const plain = await next({})
    const moved = await next({ dynatemp_range: 0.9 })
    assert.notDeepEqual(moved.chain, plain.chain)
    const exponent = await next({ dynatemp_range: 0.9, dynatemp_exponent: 4 })
    assert.notDeepEqual(exponent.chain, moved.chain)
  })
})

describe('the filters', () => {
  it('top_k keeps the k likeliest', async () => {
    for (const k of [1, 5, 40]) {
      const { chain, raw } = await next({ top_k: k })
      const best = sorted(raw).slice(0, k)
      assertClose(
        chain,
        renormalized(
          raw,
          best.map(([id]) => id),
        ),
      )
    }
  })

  it('top_k 0 and -1 keep all', async () => {
    for (const k of [0, -1]) assert.equal(kept((await next({ top_k: k })).chain).size > 100, true)
  })

  it('top_p keeps the likeliest that together reach p', async () => {
    for (const p of [0.2, 0.5, 0.9]) {
      const { chain, raw } = await next({ top_p: p })
      const ids: number[] = []
      let sum = 0
      for (const [id, prob] of sorted(raw)) {
        ids.push(id)
        sum += prob
        if (sum >= p) break
      }
      assertClose(chain, renormalized(raw, ids))
    }
  })

  it('min_p keeps what is at least so likely as a part of the likeliest', async () => {
    for (const p of [0.05, 0.3, 1]) {
      const { chain, raw } = await next({ min_p: p })
      const most = sorted(raw)[0]![1]
      const ids = [...raw].filter(([, prob]) => prob >= p * most).map(([id]) => id)
      assertClose(chain, renormalized(raw, ids))
    }
  })

  it('typical_p keeps the tokens whose surprise is nearest the entropy', async () => {
    for (const p of [0.2, 0.5, 0.9]) {
      const { chain, raw } = await next({ typical_p: p })
      const entropy = [...raw.values()].reduce((sum, prob) => sum - prob * Math.log(prob), 0)
      const typical = [...raw].sort((a, b) => Math.abs(-Math.log(a[1]) - entropy) - Math.abs(-Math.log(b[1]) - entropy))
      const ids: number[] = []
      let sum = 0
      for (const [id, prob] of typical) {
        ids.push(id)
        sum += prob
        if (sum > p) break
      }
      assertClose(chain, renormalized(raw, ids))
    }
  })

  it('tfs_z cuts the tail where the curve goes flat', async () => {
    for (const z of [0.3, 0.7, 0.95]) {
      const { chain, raw } = await next({ tfs_z: z })
      const order = sorted(raw)
      const probs = order.map(([, prob]) => prob)
      const curve = probs.slice(0, -2).map((prob, i) => Math.abs(prob - 2 * probs[i + 1]! + probs[i + 2]!))
      const sum = curve.reduce((a, b) => a + b, 0)
      let total = 0
      let end = 0
      for (; end < curve.length; end++) {
        total += curve[end]! / sum
        if (total > z && end >= 1) break
      }
      const ids = order.slice(0, end).map(([id]) => id)
      assert.ok(ids.length < 200, `${ids.length} are left`)
      assertClose(chain, renormalized(raw, ids))
    }
  })

  it('tfs_z 0 leaves the likeliest alone', async () => {
    const { chain } = await next({ tfs_z: 0 })
    assert.equal(kept(chain).size, 1)
  })

  it('top_n_sigma keeps logits within n deviations of the best', async () => {
    for (const n of [0.5, 1, 2]) {
      const { chain, raw } = await next({ top_n_sigma: n })
      const logits = [...raw].map(([id, prob]) => [id, Math.log(prob)] as const)
      const mean = logits.reduce((sum, [, logit]) => sum + logit, 0) / nVocab
      const deviation = Math.sqrt(logits.reduce((sum, [, logit]) => sum + (logit - mean) ** 2, 0) / nVocab)
      const least = sorted(raw)[0]![1] * Math.exp(-n * deviation)
      const ids = logits.filter(([id]) => raw.get(id)! >= least * (1 - 1e-5)).map(([id]) => id)
      assertClose(chain, renormalized(raw, ids))
    }
  })

  it('xtc removes the likeliest tokens but the last that is likely enough', async () => {
    const { raw } = await next({})
    const threshold = sorted(raw)[3]![1] * 0.999
    const { chain } = await next({ xtc_probability: 1, xtc_threshold: threshold })
    const ids = sorted(raw)
      .slice(3)
      .map(([id]) => id)
    assertClose(chain, renormalized(raw, ids))
    assertClose((await next({ xtc_probability: 0, xtc_threshold: threshold })).chain, raw)
    assertClose((await next({ xtc_probability: 1, xtc_threshold: 0.99 })).chain, raw)
  })

  it('min_keep tokens are left by each', async () => {
    for (const filter of [{ top_p: 0.01 }, { min_p: 1 }, { typical_p: 0.01 }, { tfs_z: 0 }]) {
      const { chain } = await next({ ...filter, min_keep: 6 })
      assert.ok(kept(chain).size >= 6, `${JSON.stringify(filter)} leaves ${kept(chain).size}`)
    }
  })

  it('one after the other: top_k before top_p', async () => {
    const { chain, raw } = await next({ top_k: 10, top_p: 0.5 })
    const best = sorted(raw).slice(0, 10)
    const sum = best.reduce((all, [, prob]) => all + prob, 0)
    let reached = 0
    const ids: number[] = []
    for (const [id, prob] of best) {
      ids.push(id)
      reached += prob / sum
      if (reached >= 0.5) break
    }
    assertClose(chain, renormalized(raw, ids))
  })
})

describe('samplers', () => {
  it('that are not named do nothing', async () => {
    const { chain, raw } = await next({ samplers: ['top_k'], top_k: 5, temperature: 3, top_p: 0.1, repeat_penalty: 2 })
    const best = sorted(raw).slice(0, 5)
    assertClose(
      chain,
      renormalized(
        raw,
        best.map(([id]) => id),
      ),
    )
    assertClose((await next({ samplers: [], top_k: 5 })).chain, raw)
  })

  it('work in the order that is named', async () => {
    const fields = { temperature: 4, top_p: 0.5 }
    const hotFirst = await next({ ...fields, samplers: ['temperature', 'top_p'] })
    const hotLast = await next({ ...fields, samplers: ['top_p', 'temperature'] })
    assert.ok(kept(hotFirst.chain).size > kept(hotLast.chain).size)
  })

  it('infill leaves a likely text, or an end', async () => {
    const { chain, chosen } = await next({ samplers: ['top_k', 'top_p', 'infill'], top_k: 40, top_p: 0.99 })
    assert.ok(kept(chain).has(chosen))
    assert.ok(kept(chain).size <= 5, 'each that stays has a fifth at least')
    const alone = await complete({ samplers: ['infill'], n_predict: 5 })
    assert.equal(typeof alone.content, 'string')
  })

  it('typ_p is another name of typical_p', async () => {
    const one = await next({ typical_p: 0.5, samplers: ['typ_p'] })
    const other = await next({ typ_p: 0.5, samplers: ['typical_p'] })
    assert.deepEqual(one.chain, other.chain)
    assert.ok(kept(one.chain).size < 200)
  })
})

describe('the penalties', () => {
  it('presence_penalty is taken once from the logit of what came before', async () => {
    assertAdded(await next({ presence_penalty: 0.7 }), { 400: -0.7, 410: -0.7, 420: -0.7, [newline]: -0.7, 450: 0 })
    assertAdded(await next({ presence_penalty: -0.7 }), { 400: 0.7, 410: 0.7 })
  })

  it('frequency_penalty is taken for each time', async () => {
    assertAdded(await next({ frequency_penalty: 0.7 }), { 400: -0.7, 410: -1.4, 420: -0.7, 450: 0 })
  })

  it('repeat_penalty divides or multiplies the logit of what came before', async () => {
    const { chain, raw } = await next({ repeat_penalty: 1.5 })
    const changes = [400, 410, 420, 430].map((id) => added(chain, raw, id, 440))
    for (const change of changes) assert.ok(change < -0.01, `${changes}`)
    assertAdded({ chain, raw }, { 450: 0, 460: 0 })
    const mild = await next({ repeat_penalty: 1.1 })
    assert.ok(added(mild.chain, mild.raw, 410, 440) > changes[1]!)
    const reward = await next({ repeat_penalty: 0.8 })
    assert.ok(added(reward.chain, reward.raw, 410, 440) > 0.01)
  })

  it('repeat_last_n says how far they look back', async () => {
    const penalty = { presence_penalty: 0.7 }
    assertAdded(await next({ ...penalty, repeat_last_n: 0 }), { 400: 0, 410: 0, 430: 0 })
    assertAdded(await next({ ...penalty, repeat_last_n: 1 }), { 400: 0, 410: 0, 430: -0.7 })
    assertAdded(await next({ ...penalty, repeat_last_n: 3 }), { 400: 0, [newline]: 0, 420: -0.7, 410: -0.7 })
    const long = { prompt: [470, ...Array.from({ length: 80 }, () => 480)], ...penalty }
    assertAdded(await next(long), { 470: 0, 480: -0.7 })
    assertAdded(await next({ ...long, repeat_last_n: -1 }), { 470: -0.7, 480: -0.7 })
    assertAdded(await next({ ...long, repeat_last_n: 81 }), { 470: -0.7, 480: -0.7 })
  })

  it('see the generated tokens too', async () => {
    const body = { temperature: 0, presence_penalty: 1000, repeat_last_n: -1, return_tokens: true, repeat_penalty: 1 }
    const { tokens } = await complete(body)
    assert.equal(tokens.length, 40)
    assert.equal(new Set(tokens).size, 40)
  })

  it('penalize_nl false leaves the new line alone', async () => {
    const penalty = { presence_penalty: 0.7, frequency_penalty: 0.2 }
    assertAdded(await next({ ...penalty, penalize_nl: true }), { [newline]: -0.9, 400: -0.9 })
    assertAdded(await next({ ...penalty, penalize_nl: false }), { [newline]: 0, 400: -0.9 })
  })

  it('penalty_prompt stands in for the prompt', async () => {
    assertAdded(await next({ presence_penalty: 0.7, penalty_prompt: [450, 460] }), {
      400: 0,
      410: 0,
      450: -0.7,
      460: -0.7,
    })
    assertAdded(await next({ presence_penalty: 0.7, penalty_prompt: [] }), { 400: 0, 410: 0 })
  })

  it('penalty_prompt as a string is its tokens, without BOS', async () => {
    const [people, you] = [await idOf('people'), await idOf('you')]
    const asked = { presence_penalty: 0.7, penalty_prompt: 'people you' }
    assertAdded(await next(asked), { 400: 0, 410: 0, [people]: -0.7, [you]: -0.7 })
    const { generation_settings: settings } = await complete({ ...asked, n_predict: 1 })
    assert.deepEqual(settings.penalty_prompt_tokens, [people, you])
    assert.equal(settings.use_penalty_prompt_tokens, true)
  })

  it('penalty_prompt: generated tokens are appended to it', async () => {
    const asked = { temperature: 0, presence_penalty: 1000, repeat_penalty: 1, penalty_prompt: [], return_tokens: true }
    const { tokens } = await complete(asked)
    assert.equal(new Set(tokens).size, tokens.length)
  })

  it('the prompt counts also when it is not cached', async () => {
    const asked = { presence_penalty: 0.7 }
    assertAdded(await next({ ...asked, cache_prompt: false }), { 400: -0.7 })
    assertAdded(await next({ ...asked, cache_prompt: true }), { 400: -0.7 })
  })
})

describe('dry', () => {
  /** 420 would make the repetition three long. */
  const prompt = [400, 410, 420, 430, 400, 410]
  const dry = { prompt, dry_multiplier: 0.8 }

  it('takes from the token that would go on with a repetition', async () => {
    assertAdded(await next({ ...dry }), { 420: -0.8, 400: 0, 430: 0 })
  })

  it('takes more the longer it is, by dry_base', async () => {
    assertAdded(await next({ ...dry, dry_allowed_length: 1 }), { 420: -0.8 * 1.75 })
    assertAdded(await next({ ...dry, dry_allowed_length: 1, dry_base: 3 }), { 420: -2.4 })
  })

  it('lets repetitions up to dry_allowed_length be', async () => {
    assertAdded(await next({ ...dry, dry_allowed_length: 3 }), { 420: 0 })
  })

  it('sees dry_penalty_last_n tokens', async () => {
    assertAdded(await next({ ...dry, dry_penalty_last_n: 0 }), { 420: 0 })
    assertAdded(await next({ ...dry, dry_penalty_last_n: 3 }), { 420: 0 })
    assertAdded(await next({ ...dry, dry_penalty_last_n: -1 }), { 420: -0.8 })
  })

  it('stops at dry_sequence_breakers', async () => {
    const { json } = await post(url, '/detokenize', { tokens: [410] })
    assertAdded(await next({ ...dry, dry_sequence_breakers: [json.content.trim()] }), { 420: 0 })
  })

  it('also at temperature 0', async () => {
    const asked = { prompt, temperature: 0, n_predict: 1, repeat_penalty: 1, return_tokens: true }
    const bias = { logit_bias: [[420, 40]] }
    assert.deepEqual((await complete({ ...asked, ...bias })).tokens, [420])
    assert.notDeepEqual((await complete({ ...asked, ...bias, dry_multiplier: 100 })).tokens, [420])
  })
})

describe('mirostat', () => {
  it('2 keeps the tokens whose surprise is below twice tau, at first', async () => {
    const { chain, raw } = await next({ mirostat: 2, mirostat_tau: 2 })
    const ids = [...raw].filter(([, prob]) => -Math.log2(prob) <= 4).map(([id]) => id)
    assert.ok(ids.length > 1)
    assertClose(chain, renormalized(raw, ids))
  })

  it('1 and 2 follow tau: a low one writes likelier text', async () => {
    for (const mirostat of [1, 2]) {
      const mean = async (tau: number): Promise<number> => {
        const fields = {
          mirostat,
          mirostat_tau: tau,
          seed: 1,
          n_predict: 100,
          n_probs: 1,
          temperature: 1,
          ignore_eos: true,
        }
        const { completion_probabilities: all } = await complete({ ...fields, repeat_penalty: 1 })
        return all.reduce((sum: number, { logprob }: Json) => sum + logprob, 0) / all.length
      }
      const [low, high] = [await mean(1), await mean(6)]
      assert.ok(low > high + 0.5, `mirostat ${mirostat}: mean logprob ${low} at tau 1, ${high} at tau 6`)
    }
  })

  it('eta changes how fast it follows', async () => {
    for (const mirostat of [1, 2]) {
      const fields = { mirostat, mirostat_tau: 2, seed: 1, n_predict: 100 }
      assert.notEqual(
        await textOf({ ...fields, mirostat_eta: 0.01 }),
        await textOf({ ...fields, mirostat_eta: 1 }),
        `mirostat ${mirostat}`,
      )
    }
  })

  it('replaces the filters', async () => {
    for (const mirostat of [1, 2]) {
      const fields = { mirostat, seed: 1 }
      const filters = { top_k: 1, top_p: 0.1, min_p: 1, typical_p: 0.1, tfs_z: 0.1 }
      assert.equal(await textOf({ ...fields, ...filters }), await textOf(fields))
    }
  })

  it('leaves penalties and temperature at work', async () => {
    assertAdded(await next({ mirostat: 2, mirostat_tau: 50, presence_penalty: 0.7 }), { 400: -0.7, 450: 0 })
    const { chain, raw } = await next({ mirostat: 2, mirostat_tau: 50, temperature: 2 })
    const powers = new Map([...raw].map(([id, prob]) => [id, prob ** 0.5]))
    assertClose(chain, renormalized(powers, powers.keys()))
  })
})

describe('seed', () => {
  it('the same gives the same text', async () => {
    for (const seed of [0, 42, 2 ** 32 - 2])
      assert.equal(await textOf({ seed, temperature: 2 }), await textOf({ seed, temperature: 2 }), `seed ${seed}`)
  })

  it('another gives another text', async () => {
    const texts = await Promise.all([1, 2, 3, 4].map((seed) => textOf({ seed, temperature: 2 })))
    assert.equal(new Set(texts).size, 4)
  })

  it('none, -1, and -1 as an unsigned number, is another each time, and the answer tells which', async () => {
    for (const fields of [{}, { seed: -1 }, { seed: 2 ** 32 - 1 }]) {
      const [one, two] = [await complete({ ...fields, temperature: 2 }), await complete({ ...fields, temperature: 2 })]
      assert.notEqual(one.content, two.content)
      const { seed } = one.generation_settings
      assert.equal(await textOf({ seed, temperature: 2 }), one.content, `with the seed that was told, ${seed}`)
    }
  })

  it('gives the same text while three neighbours generate', async () => {
    const body = { seed: 7, temperature: 1, n_predict: 100, cache_prompt: false }
    const alone = await textOf(body)
    const neighbours = ['The people', 'One day', 'Some other time'].map((prompt, i) =>
      textOf({ prompt, seed: i, temperature: 1, n_predict: 150, ignore_eos: true }),
    )
    const together = await textOf(body)
    await Promise.all(neighbours)
    assert.equal(together, alone)
  })

  it('is used by xtc and mirostat', async () => {
    for (const fields of [{ mirostat: 1 }, { mirostat: 2 }, { xtc_probability: 0.5, xtc_threshold: 0.01 }]) {
      const body = { ...fields, temperature: 1.5 }
      assert.equal(await textOf({ ...body, seed: 5 }), await textOf({ ...body, seed: 5 }))
      assert.notEqual(await textOf({ ...body, seed: 5 }), await textOf({ ...body, seed: 6 }))
    }
  })
})

describe('ignore_eos', () => {
  it('never ends by the end-of-generation token', async () => {
    const prompt = 'This is the end'
    assert.equal((await complete({ prompt })).stopped_eos, true)
    const json = await complete({ prompt, ignore_eos: true })
    assert.equal(json.stopped_eos, false)
    assert.ok(json.tokens_predicted >= 40)
  })
})

describe('logit_bias', () => {
  it('is added to the logit', async () => {
    assertAdded(
      await next({
        logit_bias: [
          [400, 1.5],
          [450, -2],
          [460, 0.25],
        ],
      }),
      { 400: 1.5, 450: -2, 460: 0.25, 470: 0 },
    )
  })

  it('of a token that is named twice is summed', async () => {
    assertAdded(
      await next({
        logit_bias: [
          [400, 1.5],
          [400, -2],
        ],
      }),
      { 400: -0.5 },
    )
  })

  it('false is never', async () => {
    const { raw } = await next({})
    const best = sorted(raw)
      .slice(0, 3)
      .map(([id]) => id)
    const { chain, chosen } = await next({ logit_bias: best.map((id) => [id, false]) })
    for (const id of best) assert.equal(chain.get(id), 0)
    assert.equal(best.includes(chosen), false)
    const greedy = { prompt: promptIds, temperature: 0, n_predict: 1, return_tokens: true, repeat_penalty: 1 }
    assert.deepEqual((await complete(greedy)).tokens, [best[0]])
    assert.notDeepEqual((await complete({ ...greedy, logit_bias: [[best[0], false]] })).tokens, [best[0]])
  })

  it('may name a token by its text', async () => {
    assertAdded(await next({ logit_bias: [['people', 2]] }), { [await idOf('people')]: 2, 470: 0 })
  })

  it('by a text of several tokens is for each of them', async () => {
    const [people, you] = [await idOf('people'), await idOf('you')]
    assertAdded(await next({ logit_bias: [['people you', 2]] }), { [people]: 2, [you]: 2 })
  })

  it('may be an object of ids or texts', async () => {
    const people = await idOf('people')
    assertAdded(await next({ logit_bias: { 400: 1.5, people: 2 } }), { 400: 1.5, [people]: 2 })
    assert.equal((await next({ logit_bias: { 400: false } })).chain.get(400), 0)
  })

  it('of an end-of-generation token ends the text or does not', async () => {
    assert.equal((await complete({ logit_bias: [[eos, 1000]] })).tokens_predicted, 1)
    assert.equal(
      (await complete({ prompt: 'This is the end', logit_bias: [[eos, false]], n_predict: 5 })).stopped_eos,
      false,
    )
  })

  it('works beside mirostat and at temperature 0', async () => {
    for (const fields of [{ mirostat: 1 }, { mirostat: 2 }, { temperature: 0 }]) {
      const text = await textOf({ ...fields, repeat_penalty: 1, n_predict: 4, logit_bias: [['people', 1000]] })
      assert.equal(text, ' people people people people')
    }
  })

  it('that bans every token is an error that says so', async () => {
    const logit_bias = Array.from({ length: nVocab }, (_, id) => [id, false])
    for (const fields of [{}, { temperature: 0 }, { n_probs: 1 }]) {
      const { status, json } = await post(url, '/completion', { prompt: 'Hello', n_predict: 2, logit_bias, ...fields })
      assert.equal(status, 400, JSON.stringify(json))
      assert.match(json.error.message, /logit_bias/)
    }
  })
})

describe('n_probs', () => {
  it('tells the likeliest tokens at each place, in both forms', async () => {
    const json = await complete({ n_probs: 5, seed: 3 })
    const { completion_probabilities: all, content } = json
    assert.equal(all.length, json.tokens_predicted)
    assert.equal(all.map((entry: Json) => Buffer.from(entry.bytes).toString('latin1')).join(''), latin1(content))
    for (const entry of all) {
      assert.equal(entry.probs.length, 5)
      assert.equal(entry.top_logprobs.length, 5)
      for (const { tok_str, prob } of entry.probs) {
        assert.equal(typeof tok_str, 'string')
        assert.ok(prob >= 0 && prob <= 1 + 1e-6)
      }
      const probs = entry.probs.map(({ prob }: Json) => prob)
      assert.deepEqual(
        probs,
        [...probs].sort((a, b) => b - a),
      )
      assert.ok(probs.reduce((a: number, b: number) => a + b) <= 1 + 1e-6)
      const logprobs = entry.top_logprobs.map(({ logprob }: Json) => logprob)
      assert.deepEqual(
        logprobs,
        [...logprobs].sort((a, b) => b - a),
      )
      assert.ok(logprobs.reduce((sum: number, logprob: number) => sum + Math.exp(logprob), 0) <= 1 + 1e-6)
      assert.ok(Number.isInteger(entry.id) && entry.logprob <= 0)
      for (const { id, token, bytes } of entry.top_logprobs) {
        assert.ok(Number.isInteger(id))
        assert.equal(token, nameOf(bytes).replace('byte: ', ''))
      }
    }
  })

  it('at temperature 0 are the softmax of the logits', async () => {
    const { completion_probabilities: all } = await complete({ n_probs: 5, temperature: 0, repeat_penalty: 1 })
    for (const { id, probs, top_logprobs } of all) {
      assert.equal(id, top_logprobs[0].id, 'the likeliest')
      for (const [i, { prob }] of probs.entries()) assert.ok(Math.abs(prob - Math.exp(top_logprobs[i].logprob)) < 1e-6)
    }
  })

  it('of the whole vocabulary sum up to 1', async () => {
    const { chain, raw } = await next({})
    for (const probs of [chain, raw]) {
      const sum = [...probs.values()].reduce((a, b) => a + b)
      assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`)
    }
  })

  it('names tokens that are no whole character by their bytes', async () => {
    const fields = { n_probs: 2, n_predict: 3, logit_bias: [[3 + 0xe3, 20]] }
    const { completion_probabilities: all, content } = await complete(fields)
    assert.equal([...content].length, 1)
    assert.match(all[0].probs[0].tok_str, /^byte: \\xe3$/)
    assert.deepEqual(all[0].bytes, [0xe3])
    assert.match(all[1].probs[0].tok_str, /^byte: \\x8[1-3]$/)
  })

  it('of the tokens of a stop string are left out', async () => {
    const whole = await complete({ n_probs: 1, temperature: 0 })
    const stop = whole.content.slice(20, 26)
    const cut = await complete({ n_probs: 1, temperature: 0, stop })
    const text = cut.completion_probabilities.map(({ content }: Json) => content).join('')
    assert.ok(cut.content.startsWith(text), `${JSON.stringify(text)} of ${JSON.stringify(cut.content)}`)
  })

  it('do not change the text', async () => {
    for (const fields of [{ temperature: 0 }, { seed: 9 }, { seed: 9, mirostat: 2 }, { seed: 9, tfs_z: 0.9 }])
      assert.equal(await textOf({ ...fields, n_probs: 3 }), await textOf(fields), JSON.stringify(fields))
  })
})

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')
