// POST /completion with "stream": true: events, whole characters, and stop strings that are never seen.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '4')

const events = (body: object): Promise<Json[]> =>
  stream(url, '/completion', { n_predict: 24, temperature: 0, prompt: 'Hello', ...body })

async function complete(body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { n_predict: 24, temperature: 0, prompt: 'Hello', ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

const textOf = (all: readonly Json[]): string => all.map(({ content }) => content).join('')

/** Tokens 0xC3, 0xE3 and 0xF0 begin characters of two, three and four tokens. */
const multiByte = [0xc3, 0xe3, 0xf0].map((byte) => [3 + byte, 5])

describe('the events', () => {
  it('are the text of the answer without a stream', async () => {
    assert.equal(textOf(await events({})), (await complete({})).content)
  })

  it('come as server-sent events that no cache keeps, and no [DONE]', async () => {
    const body = JSON.stringify({ prompt: 'Hello', n_predict: 4, stream: true })
    const response = await fetch(`${url}/completion`, { method: 'POST', body })
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
    assert.equal(response.headers.get('cache-control'), 'no-cache')
    const text = await response.text()
    assert.match(text, /^(data: \{.*\}\n\n)+$/)
  })

  it('of a part have content, stop false and the slot', async () => {
    const all = await events({})
    for (const event of all.slice(0, -1)) {
      assert.equal(typeof event.content, 'string')
      assert.equal(event.stop, false)
      assert.equal(event.slot_id, all.at(-1).slot_id)
      assert.equal(event.id_slot, event.slot_id)
      assert.equal(event.multimodal, false)
      assert.equal('index' in event, false)
      assert.equal('timings' in event, false)
      assert.equal('completion_probabilities' in event, false)
    }
  })

  it('of a part count the tokens so far', async () => {
    const all = await events({})
    for (const [i, event] of all.slice(0, -1).entries()) {
      assert.deepEqual([event.tokens_predicted, event.tokens_evaluated], [i + 1, all.at(-1).tokens_evaluated])
    }
  })

  it('come one a token, not all at the end', async () => {
    assert.equal((await events({})).length, 25)
  })

  it('end with one that has empty content, stop true and all that the answer tells', async () => {
    const all = await events({})
    const whole = await complete({})
    const last = all.at(-1)
    assert.equal(last.content, '')
    assert.equal(last.stop, true)
    assert.equal(all.filter(({ stop }) => stop).length, 1)
    assert.deepEqual(Object.keys(last).sort(), Object.keys(whole).sort())
    for (const name of ['prompt', 'model', 'stop_type', 'stopped_limit', 'tokens_predicted', 'tokens_evaluated'])
      assert.deepEqual(last[name], whole[name], name)
    assert.equal(last.generation_settings.stream, true)
    assert.equal(last.has_new_line, whole.has_new_line)
  })

  it('of a generation that ends at once are the last one alone', async () => {
    const [only, ...more] = await events({ prompt: 'This is the end' })
    assert.deepEqual(more, [])
    assert.equal(only.stopped_eos, true)
    assert.equal(only.content, '')
  })

  it('of n_predict 0 and of an empty prompt are the last one alone', async () => {
    for (const body of [{ n_predict: 0 }, { prompt: [] }]) {
      const all = await events(body)
      assert.equal(all.length, 1)
      assert.equal(all[0].stop, true)
    }
  })

  it('carry tokens when asked', async () => {
    const all = await events({ return_tokens: true })
    const { tokens } = await complete({ return_tokens: true })
    assert.deepEqual(
      all.flatMap((event) => event.tokens),
      tokens,
    )
  })

  it('carry timings when asked', async () => {
    const all = await events({ timings_per_token: true })
    assert.deepEqual(
      all.slice(0, -1).map(({ timings }) => timings.predicted_n),
      Array.from({ length: 24 }, (_, i) => i + 1),
    )
  })

  it('carry the probabilities of their tokens', async () => {
    const all = await events({ n_probs: 3 })
    const whole = await complete({ n_probs: 3 })
    const streamed = all.flatMap((event) => event.completion_probabilities ?? [])
    assert.deepEqual(
      streamed.map(({ id }) => id),
      whole.completion_probabilities.map(({ id }: Json) => id),
    )
    assert.equal(textOf(streamed), whole.content)
  })

  it('of several prompts are told apart by index', async () => {
    const prompts = ['Hello', 'The people', 'One day', 'This is the end', 'Some other time']
    const all = await events({ prompt: prompts })
    for (const [index, prompt] of prompts.entries()) {
      const own = all.filter((event) => event.index === index)
      assert.equal(textOf(own), (await complete({ prompt })).content, prompt)
      assert.equal(own.at(-1).stop, true)
      assert.equal(own.at(-1).prompt, prompt)
    }
  })
})

describe('characters', () => {
  it('are whole in every event', async () => {
    const all = await events({ logit_bias: multiByte, n_predict: 120, temperature: 0.8, seed: 1 })
    assert.ok(/[\u0080-\u00ff]/.test(textOf(all)) && /[\u3040-\u30ff]/.test(textOf(all)), textOf(all))
    assert.match(textOf(all), /\p{Extended_Pictographic}/u)
    for (const { content } of all) {
      assert.equal(content.includes('\ufffd'), false, JSON.stringify(content))
      assert.equal(content.isWellFormed?.() ?? true, true, JSON.stringify(content))
    }
  })

  it('are the same as without a stream', async () => {
    const body = { logit_bias: multiByte, n_predict: 120, temperature: 0.8, seed: 2 }
    assert.equal(textOf(await events(body)), (await complete(body)).content)
  })

  it('that n_predict would cut are finished', async () => {
    for (const byte of [0xc3, 0xe3, 0xf0]) {
      const text = textOf(await events({ n_predict: 1, logit_bias: [[3 + byte, 20]] }))
      assert.equal([...text].length, 1)
      assert.equal(text.includes('\ufffd'), false)
    }
  })

  it('of several tokens can be stop strings', async () => {
    const body = { logit_bias: multiByte, n_predict: 200, temperature: 0.8, seed: 4 }
    const { content } = await complete(body)
    const word = [...content].find((char: string) => char > '\u3000')!
    const all = await events({ ...body, stop: word })
    assert.equal(textOf(all), content.slice(0, content.indexOf(word)))
    assert.equal(all.at(-1).stopping_word, word)
  })
})

describe('stop strings', () => {
  it('are never seen, not even in part, wherever they begin', async () => {
    const { content } = await complete({})
    for (let start = 0; start < content.length - 9; start += 4) {
      const word = content.slice(start, start + 9)
      const all = await events({ stop: [word] })
      assert.equal(textOf(all), content.slice(0, content.indexOf(word)), `stop ${JSON.stringify(word)}`)
      assert.equal(all.at(-1).stop_type, 'word')
      assert.equal(all.at(-1).stopping_word, word)
    }
  })

  it('that do not come are held back and then told', async () => {
    const { content } = await complete({})
    for (let start = 0; start < content.length - 9; start += 4) {
      const stop = [`${content.slice(start, start + 9)}\u0001`]
      assert.equal(textOf(await events({ stop })), content, `stop ${JSON.stringify(stop)}`)
    }
  })

  it('may be several, with common beginnings', async () => {
    const { content } = await complete({})
    const stop = [content.slice(8, 20), content.slice(9, 14), `${content.slice(4, 12)}\u0001`, content.slice(30, 34)]
    const ends = stop.map((word) => content.indexOf(word)).filter((at) => at >= 0)
    const all = await events({ stop })
    assert.ok(ends.includes(textOf(all).length), textOf(all))
    assert.ok(content.startsWith(textOf(all)))
    assert.equal(content.startsWith(all.at(-1).stopping_word, textOf(all).length), true)
    assert.equal(textOf(all), (await complete({ stop })).content)
  })

  it('of one character work', async () => {
    const { content } = await complete({})
    const char = content[12]
    assert.equal(textOf(await events({ stop: char })), content.slice(0, content.indexOf(char)))
  })
})

describe('an error', () => {
  it('before the first event is a plain HTTP error', async () => {
    const grammar = 'root ::= "z"'
    const body = { prompt: 'Hello', stream: true, grammar, logit_bias: [...(await idsOf('z')), 3 + 0x7a].map(ban) }
    const { status, json } = await post(url, '/completion', body)
    assert.equal(status, 400, JSON.stringify(json))
    assert.equal(json.error.type, 'invalid_request_error')
  })

  it('later is the last event', async () => {
    const grammar = 'root ::= "o" "z"'
    const body = { grammar, logit_bias: [...(await idsOf('z')), 3 + 0x7a].map(ban) }
    const all = await events(body)
    assert.equal(all.at(-1).error?.code, 400, JSON.stringify(all))
    assert.match(all.at(-1).error.message, /logit_bias/)
    assert.equal(
      all.slice(0, -1).every(({ stop }) => stop === false),
      true,
    )
  })
})

const ban = (id: number) => [id, false]

async function idsOf(char: string): Promise<number[]> {
  const { tokens } = (await post(url, '/tokenize', { content: `a${char}` })).json
  return tokens.slice(-1)
}
