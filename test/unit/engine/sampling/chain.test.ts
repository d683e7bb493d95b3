// The chain with libllama's own samplers, on made-up logits, against the definitions in references.ts. The seeds of the
// logits are fixed: libllama counts in 32 bits, and a threshold that is met to the last bit would be a matter of luck.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Candidates } from '../../../../src/engine/sampling/candidates.ts'
import { Chain } from '../../../../src/engine/sampling/chain.ts'
import { Model } from '../../../../src/llama/model.ts'
import { CandidateMemory, SamplerFactory } from '../../../../src/llama/sampler.ts'
import type { SamplerName } from '../../../../src/options/generation-fields.ts'
import type { SamplingParams } from '../../../../src/protocol/task.ts'
import { seededRandom } from '../../../support/random.ts'
import { neutralSampling, tokensFrom } from '../../../support/tasks.ts'
import { tinyModel } from '../../../support/tiny-models.ts'
import * as reference from './references.ts'
import { type Candidate, possible, softmax } from './references.ts'

const model = Model.loadVocabulary(tinyModel('tiny-llama'))
const { nTokens, newline, endOfGeneration } = model.vocab
const factory = new SamplerFactory(model)
const memory = new CandidateMemory(nTokens)
const candidates = new Candidates(memory.buffer)
const nCtx = 48

function chainOf(params: Partial<SamplingParams>, before: readonly number[] = []): Chain {
  const chain = new Chain({ ...neutralSampling, ...params }, { factory, newline, endOfGeneration, nCtx })
  chain.remember(before)
  return chain
}

/** What a chain leaves of the candidates, without those that can never come, and what it chose. */
function apply(chain: Chain, logits: Float32Array): { left: Candidate[]; token: number } {
  candidates.load(logits)
  chain.apply(candidates, memory)
  const all = Array.from({ length: candidates.size }, (_, i) => ({
    token: candidates.token(i),
    logit: candidates.logit(i),
  }))
  assert.ok(candidates.selected >= 0 && candidates.selected < candidates.size, 'a candidate is chosen')
  return { left: possible(all), token: candidates.token(candidates.selected) }
}

function sample(params: Partial<SamplingParams>, logits: Float32Array, before: readonly number[] = []) {
  const chain = chainOf(params, before)
  const result = apply(chain, logits)
  chain.free()
  return result
}

function listOf(logits: Float32Array): Candidate[] {
  return Array.from(logits, (logit, token) => ({ token, logit }))
}

/** Same tokens in any order, same probabilities. */
function assertSame(actual: readonly Candidate[], expected: readonly Candidate[], what: string): void {
  const byToken = (list: readonly Candidate[]) => {
    const probs = softmax(list)
    return list.map(({ token }, i) => ({ token, prob: probs[i]! })).sort((a, b) => a.token - b.token)
  }
  const [got, wanted] = [byToken(actual), byToken(possible(expected))]
  assert.deepEqual(
    got.map(({ token }) => token),
    wanted.map(({ token }) => token),
    `${what}: the tokens that are left`,
  )
  for (const [i, { token, prob }] of got.entries()) {
    const want = wanted[i]!.prob
    assert.ok(Math.abs(prob - want) < 1e-4, `${what}: token ${token} has ${prob}, not ${want}`)
  }
}

/** Logits as models make them: some high, most low. */
function logitsOf(seed: number, spread = 3): Float32Array {
  const random = seededRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Float32Array.from({ length: nTokens }, () => spread * normal())
}

/** Low everywhere but at some tokens. */
function logitsWith(high: readonly (readonly [number, number])[]): Float32Array {
  const logits = new Float32Array(nTokens).fill(-50)
  for (const [token, logit] of high) logits[token] = logit
  return logits
}

const bestOf = (list: readonly Candidate[]) => reference.sorted(list)[0]!.token
const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

/** Compares what is left with what the reference leaves, on several logits; both must cut something, or change it. */
function assertLeaves(params: Partial<SamplingParams>, by: (list: Candidate[]) => readonly Candidate[]): void {
  for (const seed of seeds) {
    const logits = logitsOf(seed)
    const { left, token } = sample(params, logits)
    assertSame(left, by(listOf(logits)), `${JSON.stringify(params)} on logits ${seed}`)
    assert.ok(
      left.some((candidate) => candidate.token === token),
      'the chosen token is one of those left',
    )
  }
}

describe('one sampler alone', () => {
  test('everything off leaves all tokens as they are', () => {
    assertLeaves({}, (list) => list)
    const off = { topK: -1, topP: 1, minP: 0, tfsZ: 1, typicalP: 1, topNSigma: 0, xtcProbability: 0, minKeep: 5 }
    assertLeaves(off, (list) => list)
  })

  test('infill joins tokens that begin alike, keeps the likely ones, and ends where none is', () => {
    // spread 12: some texts are likely; 0.5: none is; and with an end among the likely ones
    const leavesOf = (spread: number, end: number) =>
      seeds.map((seed) => {
        const logits = logitsOf(seed, spread)
        logits[endOfGeneration[0]!] = end
        const { left } = sample({ samplers: ['infill'] }, logits)
        assertSame(left, reference.infill(listOf(logits), model.vocab), `spread ${spread}, end ${end}, logits ${seed}`)
        return left
      })
    const isEnd = (list: readonly Candidate[]) => list.every(({ token }) => endOfGeneration.includes(token))
    assert.ok(
      leavesOf(12, -100).every((left) => !isEnd(left)),
      'likely texts stay',
    )
    assert.ok(leavesOf(0.5, -100).every(isEnd), 'nothing but an end where all texts are unlikely')
    assert.ok(leavesOf(12, 60).every(isEnd), 'nothing but an end where that is likely')
  })

  test('infill at temperature 0 ends as it would after the same filters, else takes the best', () => {
    for (const seed of seeds) {
      const logits = logitsOf(seed, 9)
      const samplers: SamplerName[] = ['top_k', 'top_p', 'temperature', 'infill']
      const { token } = sample({ samplers, topK: 20, topP: 0.9, temperature: 0 }, logits)
      const left = reference.infill(reference.topP(reference.topK(listOf(logits), 20), 0.9), model.vocab)
      assert.equal(token, bestOf(left))
    }
  })

  test('temperature divides the logits', () => {
    for (const degree of [0.2, 0.8, 1, 1.7]) {
      assertLeaves({ temperature: degree }, (list) => reference.temperature(list, degree))
    }
  })

  test('dynatemp: the temperature moves by the entropy', () => {
    for (const [degree, range, exponent] of [
      [1, 0.5, 1],
      [0.5, 1, 1],
      [1, 0.9, 2.5],
    ] as const) {
      const params = { temperature: degree, dynatempRange: range, dynatempExponent: exponent }
      assertLeaves(params, (list) => reference.dynamicTemperature(list, degree, range, exponent))
    }
  })

  test('top_k keeps the k likeliest', () => {
    for (const k of [1, 2, 40, 567, 568, 10_000]) assertLeaves({ topK: k }, (list) => reference.topK(list, k))
  })

  test('top_p keeps the likeliest that together reach p', () => {
    for (const p of [0, 0.1, 0.5, 0.95, 0.999]) assertLeaves({ topP: p }, (list) => reference.topP(list, p))
  })

  test('min_p keeps who is at least p times as likely as the likeliest', () => {
    for (const p of [0.001, 0.05, 0.5, 1]) assertLeaves({ minP: p }, (list) => reference.minP(list, p))
  })

  test('typical_p keeps those whose surprise is nearest to the entropy', () => {
    for (const p of [0.05, 0.2, 0.5, 0.9]) assertLeaves({ typicalP: p }, (list) => reference.typical(list, p))
  })

  test('tfs_z cuts the flat tail', () => {
    for (const z of [0, 0.5, 0.9, 0.99]) assertLeaves({ tfsZ: z }, (list) => reference.tailFreeSlowly(list, z))
  })

  test('top_n_sigma keeps logits within n standard deviations of the best', () => {
    for (const n of [0.1, 0.5, 1, 3]) assertLeaves({ topNSigma: n }, (list) => reference.topNSigma(list, n))
  })

  test('xtc with probability 1 takes away all above the threshold but the least likely of them', () => {
    for (const threshold of [0.02, 0.1, 0.3]) {
      const params = { xtcProbability: 1, xtcThreshold: threshold }
      assertLeaves(params, (list) => reference.excludeTopChoices(list, threshold))
    }
  })

  test('xtc acts as often as its probability says', () => {
    const logits = logitsWith([
      [300, 2],
      [301, 1.5],
      [302, 1],
    ])
    let nActed = 0
    for (let seed = 0; seed < 2000; seed++) {
      const { left } = sample({ xtcProbability: 0.3, xtcThreshold: 0.1, topK: 3, seed }, logits)
      assert.ok(left.length === 1 || left.length === 3)
      if (left.length === 1) nActed++
    }
    assert.ok(Math.abs(nActed / 2000 - 0.3) < 0.05, `${nActed} of 2000`)
  })
})

describe('min_keep', () => {
  const minKeep = 7
  const cases: [Partial<SamplingParams>, (list: Candidate[]) => Candidate[]][] = [
    [{ topK: 3 }, (list) => reference.topK(list, minKeep)],
    [{ topK: 30 }, (list) => reference.topK(list, 30)],
    [{ topP: 0.01 }, (list) => reference.topP(list, 0.01, minKeep)],
    [{ minP: 0.99 }, (list) => reference.minP(list, 0.99, minKeep)],
    [{ typicalP: 0.001 }, (list) => reference.typical(list, 0.001, minKeep)],
    [{ tfsZ: 0.1 }, (list) => reference.tailFreeSlowly(list, 0.1, minKeep)],
  ]
  for (const [params, by] of cases) {
    test(`min_keep is the least that is left: ${JSON.stringify(params)}`, () => {
      assertLeaves({ ...params, minKeep }, by)
      assert.ok(sample({ ...params, minKeep }, logitsOf(1)).left.length >= minKeep)
    })
  }

  test('xtc does nothing that would leave fewer than min_keep', () => {
    const params = { xtcProbability: 1, xtcThreshold: 0.12, topK: 10 }
    const logits = logitsWith(Array.from({ length: 10 }, (_, i) => [300 + i, -i / 5]))
    const all = reference.topK(listOf(logits), 10)
    const kept = reference.excludeTopChoices(all, 0.12)
    assert.equal(kept.length, 8)
    assertSame(sample({ ...params, minKeep: kept.length }, logits).left, kept, 'enough are left')
    assertSame(sample({ ...params, minKeep: kept.length + 1 }, logits).left, all, 'too few would be left')
  })
})

describe('the draw', () => {
  const logits = logitsWith([
    [300, 2],
    [301, 1],
    [302, 0],
    [303, -1],
  ])

  test('tokens come as often as they are likely', () => {
    for (const params of [{}, { temperature: 0.5 }, { temperature: 2 }, { tfsZ: 0.999 }]) {
      const count = new Map<number, number>()
      const probs = new Map<number, number>()
      for (let seed = 0; seed < 3000; seed++) {
        const { left, token } = sample({ ...params, seed, topK: 4 }, logits)
        const list = softmax(left)
        left.forEach((candidate, i) => {
          probs.set(candidate.token, list[i]!)
        })
        count.set(token, (count.get(token) ?? 0) + 1)
      }
      for (const [token, prob] of probs) {
        const share = (count.get(token) ?? 0) / 3000
        assert.ok(Math.abs(share - prob) < 0.04, `${JSON.stringify(params)}: token ${token} ${share}, not ${prob}`)
      }
    }
  })

  test('one seed gives one run of tokens, another gives another', () => {
    const logits = logitsOf(1)
    const run = (seed: number, params: Partial<SamplingParams> = {}) => {
      const chain = chainOf({ seed, ...params })
      const tokens = Array.from({ length: 20 }, () => {
        const { token } = apply(chain, logits)
        chain.accept(token)
        return token
      })
      chain.free()
      return tokens.join()
    }
    for (const params of [{}, { tfsZ: 0.9 }, { mirostat: 1 }, { mirostat: 2 }, { xtcProbability: 0.5 }] as const) {
      assert.equal(run(42, params), run(42, params), JSON.stringify(params))
      assert.notEqual(run(42, params), run(43, params), JSON.stringify(params))
    }
    assert.ok(new Set(run(42).split(',')).size > 5, 'a run is more than one token')
  })

  test('temperature 0 or less takes the likeliest token, whatever the seed', () => {
    for (const temperature of [0, -1]) {
      for (const seed of seeds) {
        const { token } = sample({ temperature, seed }, logitsOf(seed))
        assert.equal(token, bestOf(listOf(logitsOf(seed))))
      }
    }
  })

  test('temperature 0 heeds bias and penalties, and nothing that only cuts', () => {
    const list = listOf(logitsOf(1))
    const [first, second] = reference.sorted(list).map(({ token }) => token)
    const cutters = { topK: 1, topP: 0.1, minP: 0.9, xtcProbability: 1, xtcThreshold: 0.01, tfsZ: 0.1 }
    const plain = sample({ temperature: 0, ...cutters }, logitsOf(1))
    assert.deepEqual([plain.token, plain.left.length], [first, nTokens])
    const banned = { temperature: 0, logitBias: [[first!, null]] as const }
    assert.equal(sample(banned, logitsOf(1)).token, second)
    assert.equal(sample({ temperature: 0, repeatPenalty: 1000 }, logitsOf(1), [first!]).token, second)
    const again = [first!, 300, 301, first!, 300, 301]
    const dry = { temperature: 0, dryMultiplier: 100 }
    assert.equal(sample(dry, logitsOf(1), again).token, second)
  })
})

describe('penalties', () => {
  const before = [...Array.from({ length: 30 }, (_, i) => 300 + i), 310, 310, 311, 325, 325, 325]

  test('repeat_penalty divides positive logits and multiplies negative ones', () => {
    for (const repeat of [1.1, 2, 0.5]) {
      for (const seed of seeds) {
        const { left } = sample({ repeatPenalty: repeat }, logitsOf(seed), before)
        const penalties = { repeat, frequency: 0, presence: 0 }
        assertSame(left, reference.penalized(listOf(logitsOf(seed)), before, penalties), `repeat ${repeat}`)
      }
    }
  })

  test('presence counts once, frequency each time', () => {
    for (const [presence, frequency] of [
      [0.7, 0],
      [0, 0.4],
      [1.5, 0.3],
      [-1, -0.5],
    ] as const) {
      const params = { presencePenalty: presence, frequencyPenalty: frequency, repeatPenalty: 1.3 }
      const { left } = sample(params, logitsOf(2), before)
      const penalties = { repeat: 1.3, frequency, presence }
      assertSame(left, reference.penalized(listOf(logitsOf(2)), before, penalties), JSON.stringify(params))
    }
  })

  test('repeat_last_n is how many tokens count: 0 none, -1 the whole context, which is also the most', () => {
    const penalties = { repeat: 1.5, frequency: 0.2, presence: 0.1 }
    const params = { repeatPenalty: 1.5, frequencyPenalty: 0.2, presencePenalty: 0.1 }
    const long = [...before, ...tokensFrom(400, 30)]
    for (const [lastN, nSeen] of [
      [0, 0],
      [1, 1],
      [5, 5],
      [35, 35],
      [nCtx, nCtx],
      [nCtx + 1, nCtx],
      [2 ** 31 - 1, nCtx],
      [-1, nCtx],
    ] as const) {
      const { left } = sample({ ...params, repeatLastN: lastN }, logitsOf(3), long)
      const seen = long.slice(long.length - nSeen)
      assertSame(left, reference.penalized(listOf(logitsOf(3)), seen, penalties), `repeat_last_n ${lastN}`)
    }
  })

  test('generated tokens count as the prompt does, and push the oldest out', () => {
    const penalties = { repeat: 1.5, frequency: 0.2, presence: 0 }
    for (const extra of [{}, { penalizeNl: false }, { tfsZ: 0.9999999 }] as const) {
      const params = { repeatPenalty: 1.5, frequencyPenalty: 0.2, repeatLastN: 6, ...extra }
      const chain = chainOf(params, before)
      const all = [...before]
      for (const token of [400, 401, 400, 402, 310, 403, 404, 405]) {
        chain.accept(token)
        all.push(token)
        const wanted = reference.penalized(listOf(logitsOf(4)), all.slice(-6), penalties)
        const { left } = apply(chain, logitsOf(4))
        const probs = new Map(left.map((candidate) => [candidate.token, candidate.logit]))
        for (const { token: id, logit } of wanted) {
          const got = probs.get(id)
          if (got !== undefined) assert.ok(Math.abs(got - logit) < 1e-4, `token ${id} after ${all.length}`)
        }
        assert.ok(left.length > 30)
      }
      chain.free()
    }
  })

  test('penalize_nl false leaves the newline as it was, and it alone', () => {
    const withNewline = [...before, newline, newline]
    const penalties = { repeat: 2, frequency: 1, presence: 1 }
    const params = { repeatPenalty: 2, frequencyPenalty: 1, presencePenalty: 1 }
    for (const seed of seeds) {
      const list = listOf(logitsOf(seed))
      const wanted = reference.penalized(list, withNewline, penalties)
      const without = sample({ ...params, penalizeNl: false }, logitsOf(seed), withNewline)
      const restored = wanted.map((candidate) => (candidate.token === newline ? list[newline]! : candidate))
      assertSame(without.left, restored, 'penalize_nl false')
      assertSame(sample({ ...params, penalizeNl: true }, logitsOf(seed), withNewline).left, wanted, 'penalize_nl true')
    }
  })

  test('penalize_nl false keeps what a bias made of the newline', () => {
    const params = { repeatPenalty: 2, penalizeNl: false, logitBias: [[newline, 2.5]] as const }
    const { left } = sample(params, logitsOf(5), [newline])
    const wanted = listOf(logitsOf(5)).map(({ token, logit }) => ({
      token,
      logit: token === newline ? logit + 2.5 : logit,
    }))
    assertSame(left, wanted, 'the newline has its bias')
    const banned = sample({ ...params, logitBias: [[newline, null]] }, logitsOf(5), [newline])
    assert.equal(
      banned.left.some(({ token }) => token === newline),
      false,
    )
  })

  test('penalize_nl false finds the newline when samplers before have sorted and cut', () => {
    const samplers: SamplerName[] = ['top_k', 'penalties', 'temperature']
    const logits = logitsOf(6)
    logits[newline] = Math.max(...logits) - 0.5
    const params = { samplers, topK: 20, repeatPenalty: 3, penalizeNl: false }
    const top = reference.topK(listOf(logits), 20)
    const others = top.filter(({ token }) => token !== newline).map(({ token }) => token)
    const wanted = reference.penalized(top, others, { repeat: 3, frequency: 0, presence: 0 })
    assertSame(sample(params, logits, [newline, ...others]).left, wanted, 'the newline was put back')
    const low = logitsOf(6)
    low[newline] = -90
    assert.equal(sample(params, low, [newline]).left.length, 20)
  })

  test('a penalty for tokens that are nowhere changes nothing', () => {
    assertSame(sample({ repeatPenalty: 2 }, logitsOf(7), []).left, listOf(logitsOf(7)), 'nothing came before')
  })
})

describe('dry', () => {
  const params = { dryMultiplier: 0.8, dryBase: 1.75, dryAllowedLength: 2 }
  const dry = { multiplier: 0.8, base: 1.75, allowedLength: 2, breakers: [newline] }

  function assertDry(before: readonly number[], changes: Partial<SamplingParams> = {}, lastN = nCtx): void {
    const all = { ...params, ...changes }
    const wanted = reference.dryPenalized(listOf(logitsOf(1)), before.slice(Math.max(0, before.length - lastN)), {
      ...dry,
      multiplier: all.dryMultiplier,
      base: all.dryBase,
      allowedLength: all.dryAllowedLength,
    })
    assertSame(sample(all, logitsOf(1), before).left, wanted, JSON.stringify({ before, changes }))
  }

  test('the token that goes on with a repetition costs, more the longer it is', () => {
    const [a, b, c, d] = [300, 301, 302, 303]
    assertDry([a, b, c, d, a, b]) // c: 2 tokens repeat
    assertDry([a, b, c, d, a, b, c]) // d: 3
    assertDry([a, b, c, d, b, c, a, a, b, c]) // d: 3; a: 2
    assertDry([a, b, a, b, a, b, a]) // b: overlapping
    assertDry([a, b, c, d, a]) // only one repeats
    const list = listOf(logitsOf(1))
    const wanted = list.map(({ token, logit }) => ({ token, logit: token === d ? logit - 0.8 * 1.75 : logit }))
    assertSame(sample(params, logitsOf(1), [a, b, c, d, a, b, c]).left, wanted, 'by hand')
  })

  test('allowed length, base, multiplier and how far it looks back count', () => {
    const before = [300, 301, 302, 303, 304, 305, 300, 301, 302, 303]
    for (const dryAllowedLength of [1, 2, 3, 4, 5]) assertDry(before, { dryAllowedLength })
    assertDry(before, { dryBase: 3, dryMultiplier: 0.1 })
    for (const dryPenaltyLastN of [5, 9, 10]) assertDry(before, { dryPenaltyLastN }, dryPenaltyLastN)
    const early = [...before.slice(0, 6), ...Array.from({ length: nCtx }, (_, i) => 400 + i), 300, 301, 302]
    assertDry(early, { dryPenaltyLastN: -1 })
    assertDry(early, { dryPenaltyLastN: 2 ** 31 - 1 })
    assertSame(sample({ ...params, dryPenaltyLastN: 0 }, logitsOf(1), before).left, listOf(logitsOf(1)), 'off')
  })

  test('a repetition does not reach over a sequence breaker', () => {
    const [a, b, c, d] = [300, 301, 302, 303]
    const breakers = { drySequenceBreakers: ['\n'] }
    assertDry([a, b, newline, c, d, a, b, newline, c], breakers)
    assertDry([a, newline, b, c, d, a, newline, b, c], breakers)
    assertDry([a, b, c, newline, d, a, b, c], breakers) // the newline itself costs nothing
  })

  test('any run of few tokens costs what the definition says (fixed seeds)', () => {
    for (const seed of seeds) {
      const random = seededRandom(seed)
      for (let round = 0; round < 20; round++) {
        const before = Array.from({ length: Math.floor(random() * 40) }, () => {
          const i = Math.floor(random() * 4)
          return i === 3 && random() < 0.5 ? newline : 300 + i
        })
        assertDry(before, { dryAllowedLength: 1 + Math.floor(random() * 3), drySequenceBreakers: ['\n'] })
      }
    }
  })

  test('generated tokens count', () => {
    const chain = chainOf(params, [300, 301, 302, 303])
    for (const token of [300, 301, 302]) chain.accept(token)
    const wanted = reference.dryPenalized(listOf(logitsOf(1)), [300, 301, 302, 303, 300, 301, 302], dry)
    assertSame(apply(chain, logitsOf(1)).left, wanted, 'after three tokens')
    chain.free()
  })
})

describe('bias', () => {
  test('logit_bias adds to a logit, null bans the token', () => {
    const logits = logitsOf(1)
    const { left } = sample(
      {
        logitBias: [
          [300, 2.5],
          [301, -1],
          [302, null],
          [0, 4],
        ] as const,
      },
      logits,
    )
    const bias = new Map([
      [300, 2.5],
      [301, -1],
      [302, Number.NEGATIVE_INFINITY],
      [0, 4],
    ])
    const wanted = listOf(logits).map(({ token, logit }) => ({ token, logit: logit + (bias.get(token) ?? 0) }))
    assertSame(left, wanted, 'logit_bias')
  })

  test('a banned token never comes, though it is by far the likeliest', () => {
    const logits = logitsWith([
      [300, 100],
      [301, 1],
    ])
    for (const params of [{}, { temperature: 0 }, { mirostat: 1 }, { mirostat: 2 }, { tfsZ: 0.5 }] as const) {
      assert.equal(sample({ ...params, logitBias: [[300, null]] }, logits).token, 301, JSON.stringify(params))
    }
  })

  test('ignore_eos bans every token that ends a generation', () => {
    assert.ok(endOfGeneration.length >= 2)
    const { left } = sample({ ignoreEos: true }, logitsOf(2))
    const wanted = listOf(logitsOf(2)).filter(({ token }) => !endOfGeneration.includes(token))
    assertSame(left, wanted, 'ignore_eos')
  })

  test('ignore_eos stays beside a bias for the same token', () => {
    const eos = endOfGeneration[0]!
    const { left } = sample({ ignoreEos: true, logitBias: [[eos, 100]] }, logitsOf(2))
    assert.equal(
      left.some(({ token }) => token === eos),
      false,
    )
  })

  test('the bias comes before the penalties', () => {
    const { left } = sample({ logitBias: [[300, 8]], repeatPenalty: 2 }, logitsOf(3), [300])
    const wanted = listOf(logitsOf(3)).map(({ token, logit }) => {
      const biased = logit + 8
      return { token, logit: token === 300 ? (biased > 0 ? biased / 2 : biased * 2) : logit }
    })
    assertSame(left, wanted, '(logit + 8) / 2')
  })

  test('typical_p leaves what the definition leaves of the tokens that may come', () => {
    for (const seed of seeds) {
      const list = listOf(logitsOf(seed))
      const banned = bestOf(list)
      const wanted = reference.typical(
        list.filter(({ token }) => token !== banned),
        0.2,
      )
      const { left } = sample({ logitBias: [[banned, null]], typicalP: 0.2 }, logitsOf(seed))
      assertSame(left, wanted, `logits ${seed}`)
    }
  })
})

describe('mirostat', () => {
  for (const version of [1, 2] as const) {
    const cut = (list: Candidate[], mu: number) =>
      version === 1 ? reference.mirostat1(list, mu, nTokens) : reference.mirostat2(list, mu)

    test(`mirostat ${version} cuts by mu, and learns from the surprise of what it chose`, () => {
      for (const [tau, eta, degree] of [
        [2, 0.1, 1],
        [3, 0.5, 1],
        [1, 1, 0.7],
      ] as const) {
        const params = { mirostat: version, mirostatTau: tau, mirostatEta: eta, temperature: degree }
        const chain = chainOf(params)
        let mu = 2 * tau
        for (let seed = 100; seed < 130; seed++) {
          const logits = logitsOf(seed)
          const wanted = cut(reference.temperature(listOf(logits), degree), mu)
          const { left, token } = apply(chain, logits)
          assertSame(left, wanted, `${JSON.stringify(params)}, mu ${mu}`)
          const chosen = wanted.findIndex((candidate) => candidate.token === token)
          assert.ok(chosen >= 0)
          mu -= eta * (reference.surprises(wanted)[chosen]! - tau)
          chain.accept(token)
        }
        chain.free()
      }
    })

    test(`mirostat ${version} replaces all samplers but bias, penalties and temperature`, () => {
      const others: Partial<SamplingParams> = {
        topK: 2,
        topP: 0.01,
        minP: 0.99,
        tfsZ: 0.01,
        typicalP: 0.01,
        topNSigma: 0.01,
        xtcProbability: 1,
        xtcThreshold: 0.001,
        dryMultiplier: 50,
        samplers: ['top_k'],
      }
      const before = [300, 301, 302, 300, 301]
      const params = { mirostat: version, mirostatTau: 3, repeatPenalty: 1.4, temperature: 0.9 }
      const { left } = sample({ ...params, ...others, logitBias: [[305, 6]] }, logitsOf(9), before)
      const biased = listOf(logitsOf(9)).map(({ token, logit }) => ({
        token,
        logit: token === 305 ? logit + 6 : logit,
      }))
      const penalties = { repeat: 1.4, frequency: 0, presence: 0 }
      assertSame(left, cut(reference.temperature(reference.penalized(biased, before, penalties), 0.9), 6), 'mirostat')
    })

    test(`mirostat ${version} at temperature 0 takes the likeliest token`, () => {
      for (const seed of seeds) {
        const { token } = sample({ mirostat: version, temperature: 0, seed }, logitsOf(seed))
        assert.equal(token, bestOf(listOf(logitsOf(seed))))
      }
    })

    test(`mirostat ${version} with few tokens allowed chooses among these`, () => {
      const list = listOf(logitsOf(1))
      const allowed = list.slice(300, 320)
      const logitBias = list
        .filter(({ token }) => token < 300 || token >= 320)
        .map(({ token }) => [token, null] as const)
      const { left } = sample({ mirostat: version, mirostatTau: 2, logitBias }, logitsOf(1))
      assertSame(left, cut(allowed, 4), 'few tokens')
    })
  }
})

describe('the order of the samplers', () => {
  const params: Partial<SamplingParams> = {
    repeatPenalty: 1.3,
    dryMultiplier: 0.5,
    topNSigma: 2.5,
    topK: 60,
    tfsZ: 0.97,
    typicalP: 0.9,
    topP: 0.9,
    minP: 0.02,
    xtcProbability: 1,
    xtcThreshold: 0.15,
    temperature: 1.4,
  }
  const before = [300, 301, 302, 303, 300, 301]
  const stages: Record<SamplerName, (list: Candidate[]) => Candidate[]> = {
    penalties: (list) => reference.penalized(list, before, { repeat: 1.3, frequency: 0, presence: 0 }),
    dry: (list) =>
      reference.dryPenalized(list, before, { multiplier: 0.5, base: 1.75, allowedLength: 2, breakers: [] }),
    top_n_sigma: (list) => reference.topNSigma(list, 2.5),
    top_k: (list) => reference.topK(list, 60),
    tfs_z: (list) => reference.tailFreeSlowly(list, 0.97),
    typical_p: (list) => reference.typical(list, 0.9),
    top_p: (list) => reference.topP(list, 0.9),
    min_p: (list) => reference.minP(list, 0.02),
    xtc: (list) => reference.excludeTopChoices(list, 0.15),
    temperature: (list) => reference.temperature(list, 1.4),
    infill: (list) => reference.infill(list, model.vocab),
  }

  function assertOrder(samplers: readonly SamplerName[], seed: number, changes: Partial<SamplingParams> = {}): number {
    const used = samplers.filter((name) => !('typicalP' in changes) || name !== 'typical_p')
    const wanted = used.reduce((list, name) => stages[name](list), listOf(logitsOf(seed)))
    const { left } = sample({ ...params, ...changes, samplers }, logitsOf(seed), before)
    assertSame(left, wanted, `${samplers.join()} on logits ${seed}`)
    return left.length
  }

  test('the order is the documented one when nothing else is asked', () => {
    const documented: SamplerName[] = [
      'penalties',
      'dry',
      'top_n_sigma',
      'top_k',
      'tfs_z',
      'typical_p',
      'top_p',
      'min_p',
      'xtc',
      'temperature',
    ]
    assert.deepEqual(neutralSampling.samplers, documented)
    // typical_p behind top_n_sigma has a test of its own
    const sizes = seeds.map((seed) => assertOrder(documented, seed, { typicalP: 1 }))
    assert.ok(Math.max(...sizes) > 1)
  })

  test('typical_p works on what top_n_sigma has left', () => {
    for (const seed of seeds) assertOrder(['top_n_sigma', 'typical_p'], seed)
  })

  test('samplers run in the order that is asked, and those that are not named do not run', () => {
    const lists: SamplerName[][] = [
      ['temperature', 'top_p'],
      ['top_p', 'temperature'],
      ['temperature', 'tfs_z', 'min_p'],
      ['min_p', 'temperature', 'tfs_z'],
      ['typical_p', 'top_k', 'penalties'],
      ['tfs_z', 'typical_p'],
      ['xtc', 'top_k', 'dry'],
      ['top_k'],
      ['top_k', 'top_p', 'infill'],
      ['infill', 'temperature'],
      [],
    ]
    for (const samplers of lists) for (const seed of seeds) assertOrder(samplers, seed)
  })

  test('two orders differ where the definitions say so', () => {
    const differ = seeds.filter((seed) => {
      const hotFirst = sample({ ...params, samplers: ['temperature', 'top_p'] }, logitsOf(seed)).left.length
      return hotFirst > sample({ ...params, samplers: ['top_p', 'temperature'] }, logitsOf(seed)).left.length
    })
    assert.deepEqual(differ, seeds)
  })
})

describe('Chain.single', () => {
  test('is the native chain when no stage of ours is in the way, and chooses the same token', () => {
    const isSingle = (params: Partial<SamplingParams>) => {
      const chain = chainOf(params)
      const { single } = chain
      chain.free()
      return single !== undefined
    }
    assert.equal(isSingle({ topK: 40, repeatPenalty: 1.1, minP: 0.05 }), true)
    assert.equal(isSingle({ temperature: 0 }), true)
    assert.equal(isSingle({ mirostat: 2 }), true)
    assert.equal(isSingle({ tfsZ: 0.9 }), false)
    assert.equal(isSingle({ repeatPenalty: 1.1, penalizeNl: false }), false)
    assert.equal(isSingle({ penalizeNl: false }), true)
  })
})
