// POST /completion without a stream: the answer's fields, prompts in all their forms, limits, cache and slots.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const nSlots = 4
const nVocab = 568
const endOfText = [2, 260]

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', String(nSlots), '--alias', 'tiny')

async function complete(body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { n_predict: 8, temperature: 0, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function tokenize(content: string, addSpecial = false): Promise<number[]> {
  return (await post(url, '/tokenize', { content, add_special: addSpecial })).json.tokens
}

async function detokenize(tokens: readonly number[]): Promise<string> {
  return (await post(url, '/detokenize', { tokens })).json.content
}

describe('the answer of /completion', () => {
  it('has every field of the specification', async () => {
    const json = await complete({ prompt: 'Hello' })
    assert.equal(typeof json.content, 'string')
    assert.notEqual(json.content, '')
    assert.equal(json.stop, true)
    assert.equal(json.model, 'tiny')
    assert.equal(json.prompt, 'Hello')
    assert.equal(json.stopped_eos, false)
    assert.equal(json.stopped_limit, true)
    assert.equal(json.stopped_word, false)
    assert.equal(json.stopping_word, '')
    assert.equal(json.truncated, false)
    assert.equal(json.tokens_evaluated, (await tokenize('Hello', true)).length)
    assert.equal(json.tokens_predicted, 8)
    assert.equal(json.tokens_cached, json.tokens_evaluated + 8 - 1, 'the last token is not in the cache')
    assert.ok(json.slot_id >= 0 && json.slot_id < nSlots)
    assert.equal('completion_probabilities' in json, false)
  })

  it("has llama-server's names of today beside them", async () => {
    const json = await complete({ prompt: 'Hello' })
    assert.equal(json.id_slot, json.slot_id)
    assert.equal(json.stop_type, 'limit')
    assert.equal(json.index, 0)
    assert.deepEqual(json.tokens, [])
    assert.equal(typeof json.has_new_line, 'boolean')
    assert.equal(typeof json.timings.cache_n, 'number')
  })

  it('tells timings that fit the counts', async () => {
    const { timings, tokens_evaluated, tokens_predicted } = await complete({ prompt: 'The day has come' })
    assert.equal(timings.cache_n + timings.prompt_n, tokens_evaluated)
    assert.equal(timings.predicted_n, tokens_predicted)
    for (const name of ['prompt_ms', 'prompt_per_token_ms', 'prompt_per_second'])
      assert.ok(timings[name] > 0, `${name}: ${timings[name]}`)
    for (const name of ['predicted_ms', 'predicted_per_token_ms', 'predicted_per_second'])
      assert.ok(timings[name] > 0, `${name}: ${timings[name]}`)
    assert.ok(Math.abs(timings.prompt_per_token_ms * timings.prompt_n - timings.prompt_ms) < 1e-6)
  })

  it('tells the settings as they took effect', async () => {
    const asked = {
      temperature: 0.5,
      top_k: 7,
      top_p: 0.5,
      min_p: 0.125,
      tfs_z: 0.75,
      typical_p: 0.875,
      repeat_last_n: 32,
      repeat_penalty: 1.25,
      presence_penalty: 0.25,
      frequency_penalty: 0.375,
      mirostat: 0,
      mirostat_tau: 4,
      mirostat_eta: 0.25,
      penalize_nl: false,
      stop: ['never said'],
      n_predict: 5,
      n_keep: 3,
      ignore_eos: true,
      stream: false,
      logit_bias: [[5, -1]],
      n_probs: 2,
      grammar: 'root ::= [^\\x00]*',
      seed: 77,
    }
    const { generation_settings: settings } = await complete({ prompt: 'Hello', ...asked })
    const told = { ...asked, logit_bias: [5, ...endOfText].map((token) => ({ token, bias: token === 5 ? -1 : null })) }
    for (const [name, value] of Object.entries(told)) assert.deepEqual(settings[name], value, name)
    assert.equal(settings.model, 'tiny')
    assert.equal(settings.n_ctx, 512)
    assert.deepEqual(settings.penalty_prompt_tokens, [])
    assert.equal(settings.use_penalty_prompt_tokens, false)
  })

  it('tells the settings of today that the request asked for', async () => {
    const asked = {
      samplers: ['top_k', 'temperature'],
      dry_sequence_breakers: ['x'],
      n_discard: 5,
      n_indent: 0,
      t_max_predict_ms: 60_000,
      min_keep: 2,
      cache_prompt: false,
      timings_per_token: true,
      post_sampling_probs: true,
    }
    const { generation_settings: settings } = await complete({ prompt: 'Hello', ...asked })
    for (const [name, value] of Object.entries(asked)) assert.deepEqual(settings[name], value, name)
    const { max_tokens, backend_sampling, adaptive_target, adaptive_decay } = settings
    assert.deepEqual([max_tokens, backend_sampling, adaptive_target, adaptive_decay], [8, false, -1, 0.9])
  })

  it("has the specification's defaults", async () => {
    const { json } = await post(url, '/completion', { prompt: 'This is the end' })
    const { generation_settings: settings } = json
    const defaults = {
      temperature: 0.8,
      top_k: 40,
      top_p: 0.95,
      min_p: 0.05,
      n_predict: -1,
      n_keep: 0,
      stream: false,
      stop: [],
      tfs_z: 1,
      typical_p: 1,
      repeat_penalty: 1.1,
      repeat_last_n: 64,
      penalize_nl: true,
      presence_penalty: 0,
      frequency_penalty: 0,
      mirostat: 0,
      mirostat_tau: 5,
      mirostat_eta: 0.1,
      grammar: '',
      ignore_eos: false,
      logit_bias: [],
      n_probs: 0,
    }
    for (const [name, value] of Object.entries(defaults)) assert.deepEqual(settings[name], value, name)
    assert.ok(Number.isInteger(settings.seed) && settings.seed >= 0, `the seed that was taken: ${settings.seed}`)
  })

  it('null is the same as a field that is not there', async () => {
    const fields = { temperature: null, stop: null, grammar: null, logit_bias: null, penalty_prompt: null, seed: null }
    const { status, json } = await post(url, '/completion', { prompt: 'This is the end', ...fields })
    assert.equal(status, 200, JSON.stringify(json))
    assert.equal(json.generation_settings.temperature, 0.8)
  })

  it('says whether there is a new line in the text', async () => {
    assert.equal((await complete({ prompt: 'Hello', logit_bias: [[13, 100]] })).has_new_line, true)
    assert.equal((await complete({ prompt: 'Hello', logit_bias: [[13, false]] })).has_new_line, false)
  })

  it('is also at /completions', async () => {
    const { status, json } = await post(url, '/completions', { prompt: 'Hello', n_predict: 8, temperature: 0 })
    assert.equal(status, 200)
    assert.equal(json.content, (await complete({ prompt: 'Hello' })).content)
  })
})

describe('why a generation ends', () => {
  it('eos: the text ends before the end-of-generation token', async () => {
    const json = await complete({ prompt: 'This is the end', n_predict: -1 })
    assert.equal(json.content, '')
    assert.equal(json.stop_type, 'eos')
    assert.equal(json.stopped_eos, true)
    assert.equal(json.stopped_limit, false)
    assert.equal(json.stopped_word, false)
  })

  it('word: the text ends before the stop string', async () => {
    const whole = (await complete({ prompt: 'Hello', n_predict: 24 })).content
    const word = whole.slice(15, 19)
    const json = await complete({ prompt: 'Hello', n_predict: 24, stop: [word] })
    assert.equal(json.content, whole.slice(0, whole.indexOf(word)))
    assert.equal(json.stop_type, 'word')
    assert.equal(json.stopped_word, true)
    assert.equal(json.stopping_word, word)
    assert.equal(json.stopped_limit, false)
  })

  it('stop may be a plain string', async () => {
    const whole = (await complete({ prompt: 'Hello', n_predict: 24 })).content
    const word = whole.slice(15, 19)
    const json = await complete({ prompt: 'Hello', n_predict: 24, stop: word })
    assert.equal(json.content, whole.slice(0, whole.indexOf(word)))
    assert.deepEqual(json.generation_settings.stop, [word])
  })

  it('of several stop strings the one that comes first ends it', async () => {
    const whole = (await complete({ prompt: 'Hello', n_predict: 24 })).content
    const [early, late] = [whole.slice(11, 16), whole.slice(24, 29)]
    const json = await complete({ prompt: 'Hello', n_predict: 24, stop: ['never said', late, early] })
    assert.equal(json.content, whole.slice(0, whole.indexOf(early)))
    assert.equal(json.stopping_word, early)
  })

  it('a stop string that is only begun does not change the text', async () => {
    const whole = (await complete({ prompt: 'Hello', n_predict: 24 })).content
    const stop = [`${whole.slice(15, 19)}\u0001`, `${whole.slice(-3)}\u0001`, '']
    assert.equal((await complete({ prompt: 'Hello', n_predict: 24, stop })).content, whole)
  })

  it('limit: after n_predict tokens', async () => {
    const json = await complete({ prompt: 'Hello', n_predict: 3 })
    assert.equal(json.tokens_predicted, 3)
    assert.equal(json.stop_type, 'limit')
  })

  it('n_predict 0 computes the prompt into the cache and generates nothing', async () => {
    const prompt = 'People would like to see more of the world'
    const none = await complete({ prompt, n_predict: 0, slot_id: 1 })
    assert.equal(none.content, '')
    assert.equal(none.tokens_predicted, 0)
    assert.equal(none.tokens_cached, none.tokens_evaluated)
    const next = await complete({ prompt, n_predict: 1, slot_id: 1 })
    assert.equal(next.timings.cache_n, next.tokens_evaluated - 1)
  })

  it('n_predict -1 goes on to the end of generation', async () => {
    const json = await complete({ prompt: 'Hello', n_predict: -1, temperature: 0.8, seed: 3, logit_bias: [['end', 9]] })
    assert.equal(json.stop_type, 'eos')
    assert.ok(json.content.endsWith(' end'), json.content)
  })

  it('n_predict -1 goes on beyond the context, which shifts', async () => {
    const fields = { prompt: 'Hello', n_predict: 700, ignore_eos: true, temperature: 0.8, seed: 5 }
    const json = await complete(fields)
    assert.ok(json.tokens_predicted >= 700 && json.tokens_predicted < 704, `${json.tokens_predicted}`)
    assert.equal(json.truncated, true)
  })

  it('a character that n_predict would cut is finished', async () => {
    const json = await complete({ prompt: 'Hello', n_predict: 1, logit_bias: [[3 + 0xf0, 20]], return_tokens: true })
    assert.match(json.content, /^\p{Extended_Pictographic}$/u)
    assert.equal(json.tokens_predicted, 4)
    assert.equal(json.tokens.length, 4)
  })
})

describe('prompts', () => {
  it('a string and its token ids with BOS give the same text', async () => {
    const text = await complete({ prompt: 'Hello' })
    const ids = await complete({ prompt: await tokenize('Hello', true) })
    assert.equal(ids.content, text.content)
    assert.equal(ids.tokens_evaluated, text.tokens_evaluated)
    assert.deepEqual(ids.prompt, await tokenize('Hello', true), 'as given')
  })

  it('token ids stand as they are, without BOS', async () => {
    assert.equal((await complete({ prompt: await tokenize('Hello') })).tokens_evaluated, 6)
  })

  it('strings and token ids mix in one prompt, BOS before a string', async () => {
    const ids = [...(await tokenize('Hello', true)), ...(await tokenize('people')), ...(await tokenize('you'))]
    const mixed = await complete({ prompt: ['Hello', ...(await tokenize('people')), 'you'] })
    assert.equal(mixed.tokens_evaluated, ids.length)
    assert.equal(mixed.content, (await complete({ prompt: ids })).content)
    assert.equal((await complete({ prompt: [ids[1]!, 'you'] })).tokens_evaluated, 1 + (await tokenize('you')).length)
  })

  it('a list of one string is one prompt', async () => {
    const json = await complete({ prompt: ['Hello'] })
    assert.equal(json.content, (await complete({ prompt: 'Hello' })).content)
    assert.deepEqual(json.prompt, ['Hello'])
  })

  it('special tokens are read in a prompt', async () => {
    assert.equal((await complete({ prompt: '<|im_start|>' })).tokens_evaluated, 2)
  })

  it('several prompts have their answers in order', async () => {
    const prompts = ['This is the end', 'Hello', 'The people', 'One day', 'Some other time', 'This is the end']
    const alone: string[] = []
    for (const prompt of prompts) alone.push((await complete({ prompt, cache_prompt: false })).content)
    const results = await complete({ prompt: prompts, cache_prompt: false })
    assert.ok(Array.isArray(results))
    assert.deepEqual(
      results.map((result: Json) => [result.index, result.prompt, result.content]),
      prompts.map((prompt, i) => [i, prompt, alone[i]]),
    )
  })

  it('lists of token ids are several prompts', async () => {
    const [one, two] = [await tokenize('Hello', true), await tokenize('The people', true)]
    const results = await complete({ prompt: [one, two] })
    assert.deepEqual(
      results.map((result: Json) => result.content),
      [(await complete({ prompt: 'Hello' })).content, (await complete({ prompt: 'The people' })).content],
    )
    const single = await complete({ prompt: [one] })
    assert.equal(single.length, 1, 'a list of one list is a list of one')
  })

  it('lists may hold strings, ids and mixes', async () => {
    const results = await complete({ prompt: ['Hello', [1, 'Hello'], [1, 400]] })
    assert.deepEqual(
      results.map((result: Json) => result.tokens_evaluated),
      [7, 7, 2],
    )
  })

  it('an empty prompt has an empty answer at once on a model without BOS, else BOS is the prompt', async () => {
    for (const prompt of [[], [[]]]) {
      const answer = await complete({ prompt })
      const json = Array.isArray(answer) ? answer[0] : answer
      assert.equal(json.content, '')
      assert.equal(json.tokens_evaluated, 0)
      assert.equal(json.stop, true)
    }
    for (const body of [{ prompt: '' }, {}]) {
      const json = await complete(body)
      assert.equal(json.prompt, '')
      assert.equal(json.stop, true)
    }
  })

  it('a prompt longer than the context is cut', async () => {
    const json = await complete({ prompt: 'the people '.repeat(400) })
    assert.equal(json.truncated, true)
    assert.ok(json.tokens_evaluated < 512, `${json.tokens_evaluated}`)
    assert.equal(json.tokens_predicted, 8)
  })

  it('the characters of any language, NUL and lone surrogates are prompts', async () => {
    for (const prompt of ['é あ 😄', 'a\u0000b', '\ud800', '\u202e', ' \n\t '])
      assert.equal(typeof (await complete({ prompt })).content, 'string')
  })
})

describe('cache and slots', () => {
  const prompt = 'There was a time when people could find their way'

  it('the same prompt again computes one token', async () => {
    const cold = await complete({ prompt, slot_id: 0, cache_prompt: false })
    assert.equal(cold.timings.cache_n, 0)
    assert.equal(cold.timings.prompt_n, cold.tokens_evaluated)
    const warm = await complete({ prompt, slot_id: 0, cache_prompt: true })
    assert.equal(warm.timings.cache_n, warm.tokens_evaluated - 1)
    assert.equal(warm.timings.prompt_n, 1)
    assert.equal(warm.tokens_evaluated, cold.tokens_evaluated)
    assert.equal(warm.content, cold.content)
  })

  it('a longer prompt computes what is new, and finds the slot that knows its beginning', async () => {
    const first = await complete({ prompt, slot_id: 2 })
    await complete({ prompt: 'Another', slot_id: 0 })
    const longer = await complete({ prompt: `${prompt + first.content} so they go` })
    assert.equal(longer.slot_id, 2)
    assert.ok(longer.timings.cache_n >= first.tokens_evaluated, `${longer.timings.cache_n}`)
  })

  it('cache_prompt false computes all of it', async () => {
    await complete({ prompt, slot_id: 0 })
    const json = await complete({ prompt, slot_id: 0, cache_prompt: false })
    assert.equal(json.timings.cache_n, 0)
    assert.equal(json.timings.prompt_n, json.tokens_evaluated)
  })

  it('slot_id names the slot, and id_slot is the same', async () => {
    for (const slot of [3, 1]) {
      assert.equal((await complete({ prompt: 'Hello', slot_id: slot })).slot_id, slot)
      assert.equal((await complete({ prompt: 'Hello', id_slot: slot })).id_slot, slot)
    }
  })

  it('a slot that is busy is waited for', async () => {
    const requests = Array.from({ length: 3 }, () => complete({ prompt, slot_id: 1, n_predict: 60, ignore_eos: true }))
    const results = await Promise.all(requests)
    assert.deepEqual(
      results.map((result) => result.slot_id),
      [1, 1, 1],
    )
  })

  it('more requests than slots are all served', async () => {
    const prompts = Array.from({ length: 12 }, (_, i) => `${i} people`)
    const results = await Promise.all(prompts.map((each) => complete({ prompt: each })))
    assert.deepEqual(
      results.map((result) => result.prompt),
      prompts,
    )
  })
})

describe('what else can be told', () => {
  it('return_tokens tells the ids of the text', async () => {
    const json = await complete({ prompt: 'Hello', n_predict: 20, return_tokens: true })
    assert.equal(json.tokens.length, 20)
    assert.equal((await detokenize([1, ...json.tokens])).slice('<s>'.length), json.content)
    assert.deepEqual((await complete({ prompt: 'Hello' })).tokens, [])
  })

  it('return_tokens leaves out the tokens of the stop string and of the end', async () => {
    const whole = await complete({ prompt: 'Hello', n_predict: 20, return_tokens: true })
    const word = whole.content.slice(15, 19)
    const json = await complete({ prompt: 'Hello', n_predict: 20, return_tokens: true, stop: word })
    assert.deepEqual(json.tokens, whole.tokens.slice(0, json.tokens.length))
    assert.ok((await detokenize([1, ...json.tokens])).length <= '<s>'.length + json.content.length)
    assert.deepEqual((await complete({ prompt: 'This is the end', return_tokens: true })).tokens, [])
  })

  it('every token id of the vocabulary can be a prompt', async () => {
    const ids = Array.from({ length: nVocab }, (_, id) => id)
    for (let start = 0; start < nVocab; start += 300)
      await complete({ prompt: ids.slice(start, start + 300), n_predict: 1 })
  })
})
