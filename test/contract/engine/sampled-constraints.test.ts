// Grammars that sleep until a trigger, and thoughts that are closed, on a real vocabulary: the sampler chooses, a tiny model computes.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { NewToken } from '../../../src/engine/generation/settle.ts'
import type { Choosing } from '../../../src/engine/generation/token-sampler.ts'
import { Sampler, SamplerRoom } from '../../../src/engine/sampling/sampler.ts'
import { Context } from '../../../src/llama/context.ts'
import { Model } from '../../../src/llama/model.ts'
import type { GenerationTask } from '../../../src/protocol/task.ts'
import { neutralSampling, task } from '../../support/tasks.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const model = Model.load(tinyModel('tiny-chat'), {
  gpuLayers: 0,
  mainGpu: 0,
  splitMode: 'none',
  tensorSplit: [],
  mlock: false,
  mmap: true,
  numa: undefined,
})
const unscaled = { scaling: undefined, freqBase: undefined, freqScale: undefined }
const yarn = {
  yarnOrigCtx: undefined,
  yarnExtFactor: undefined,
  yarnAttnFactor: undefined,
  yarnBetaSlow: undefined,
  yarnBetaFast: undefined,
}
const context = new Context(model, {
  nCtxSeq: 128,
  nSeqMax: 1,
  kvUnified: false,
  nBatch: 64,
  nThreads: 1,
  nThreadsBatch: 1,
  nUbatch: 64,
  typeK: 'f32',
  typeV: 'f32',
  flashAttn: 'off',
  rope: { ...unscaled, ...yarn },
})
const room = new SamplerRoom(model, context)
const { vocab } = model
after(() => {
  context.free()
  model.free()
})

function chosen(choosing: Choosing): NewToken {
  return typeof choosing === 'function' ? chosen(choosing()) : choosing
}

/** Generates up to `nTokens`. @returns the text, control tokens shown. */
function generate(nTokens: number, fields: Partial<GenerationTask>): string {
  const prompt = vocab.tokenize('one two', true, false)
  const given = task({ prompt, ...fields })
  const sampler = new Sampler(room, given)
  context.remove(0, 0, -1)
  let rows = prompt.map((token, pos) => ({ token, pos, seqId: 0, wantsLogits: pos === prompt.length - 1 }))
  let bytes = Buffer.alloc(0)
  for (let n = 0; n < nTokens; n++) {
    assert.equal(context.decode(rows), 0)
    const next = chosen(sampler.sample(rows.length - 1))
    if (next.isEndOfGeneration) break
    bytes = Buffer.concat([bytes, next.piece])
    rows = [{ token: next.token, pos: prompt.length + n, seqId: 0, wantsLogits: true }]
  }
  sampler.free()
  return bytes.toString('utf8')
}

/** Makes a text likely as the next one, token by token, without forbidding another. */
function likely(text: string): readonly (readonly [number, number])[] {
  return [...new Set(vocab.tokenize(text, false, true))].map((token) => [token, 50] as const)
}

const grammar = 'root ::= "<" [a-c]{3} ">"'

describe('a grammar with triggers', () => {
  for (const temperature of [0, 1]) {
    it(`sleeps until its trigger, then narrows every token to its end (temperature ${temperature})`, () => {
      const sampling = { ...neutralSampling, temperature, grammar, grammarTriggers: ['<'], logitBias: likely('<') }
      const text = generate(20, { sampling })
      assert.match(text, /^ ?<[a-c]{3}>$/)
    })
  }

  it('lets a text without a trigger pass', () => {
    const free = generate(12, { sampling: { ...neutralSampling, temperature: 0 } })
    const watched = generate(12, {
      sampling: { ...neutralSampling, temperature: 0, grammar, grammarTriggers: ['<never>'] },
    })
    assert.equal(watched, free)
  })

  it('is given up where the text behind a trigger does not fit', () => {
    const sampling = {
      ...neutralSampling,
      temperature: 0,
      grammar: 'root ::= "x"',
      grammarTriggers: ['<'],
      logitBias: likely('<'),
    }
    assert.match(generate(5, { sampling }), /^ ?<+/)
  })
})

describe('a thought that gets too long', () => {
  const limit = { start: '<think>', end: '</think>', isOpen: true, maxTokens: 4, message: '' }

  it('is closed after so many tokens, with its message', () => {
    const thought = { ...limit, message: ' enough' }
    const text = generate(40, { thought, sampling: { ...neutralSampling, temperature: 0, ignoreEos: true } })
    const nBefore = vocab.tokenize(text.slice(0, text.indexOf(' enough</think>')), false, false).length
    assert.ok(text.includes(' enough</think>'), text)
    assert.ok(nBefore <= 6, `${nBefore} tokens before the end of the thought: ${text}`)
  })

  it('is closed at once with a budget of 0', () => {
    const text = generate(20, { thought: { ...limit, maxTokens: 0 }, sampling: { ...neutralSampling, temperature: 0 } })
    assert.ok(text.trimStart().startsWith('</think>'), text)
  })

  it('is not closed before it begins, nor where an answer has none', () => {
    const thought = { ...limit, isOpen: false, maxTokens: 0 }
    const free = generate(30, { sampling: { ...neutralSampling, temperature: 0, ignoreEos: true } })
    const limited = generate(30, { thought, sampling: { ...neutralSampling, temperature: 0, ignoreEos: true } })
    assert.equal(limited, free)
  })
})

describe('control tokens', () => {
  it('come out as text where the task shows them, and as nothing elsewhere', () => {
    const [token] = vocab.tokenize('<|im_start|>', false, true)
    const sampling = { ...neutralSampling, temperature: 0, logitBias: [[token!, 10_000] as const] }
    assert.equal(generate(3, { sampling }), '')
    assert.equal(generate(3, { sampling, shownTokens: [token!] }), '<|im_start|>'.repeat(3))
  })
})
