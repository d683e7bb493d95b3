// POST /tokenize and /detokenize.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const llama = await startServer('-m', tinyModel('tiny-llama'))
const chat = await startServer('-m', tinyModel('tiny-chat'))

async function tokenize(body: object, url = llama.url): Promise<Json> {
  const { status, json } = await post(url, '/tokenize', body)
  assert.equal(status, 200, JSON.stringify(json))
  return json.tokens
}

async function detokenize(tokens: readonly number[], url = llama.url): Promise<string> {
  const { status, json } = await post(url, '/detokenize', { tokens })
  assert.equal(status, 200, JSON.stringify(json))
  return json.content
}

describe('/tokenize', () => {
  it("answers vLLM's form of a prompt, or of messages, with their number and the context", async () => {
    const plain = await tokenize({ content: 'people' })
    const { json } = await post(llama.url, '/tokenize', { model: 'any', prompt: 'people', return_token_strs: true })
    assert.deepEqual([json.tokens, json.count, json.token_strs.at(-1)], [[1, ...plain], plain.length + 1, ' people'])
    const bare = await post(llama.url, '/tokenize', { prompt: 'people', add_special_tokens: false })
    assert.deepEqual([bare.json.tokens, bare.json.token_strs], [plain, null])
    const asked = { messages: [{ role: 'user', content: 'Hello' }] }
    const ofChat = await post(chat.url, '/tokenize', asked)
    const { usage } = (await post(chat.url, '/v1/chat/completions', { ...asked, max_tokens: 1 })).json
    assert.equal(ofChat.json.count, usage.prompt_tokens)
    assert.equal(ofChat.json.tokens.length, usage.prompt_tokens)
    const props = (await get(chat.url, '/props')).json
    assert.equal(ofChat.json.max_model_len, props.default_generation_settings.n_ctx)
  })

  it('answers with token ids, without BOS', async () => {
    const { json } = await post(llama.url, '/tokenize', { content: 'people' })
    assert.deepEqual(Object.keys(json), ['tokens'])
    assert.equal(json.tokens.length, 1)
    assert.notEqual(json.tokens[0], 1)
  })

  it('adds BOS with add_special, where the model is made so', async () => {
    const plain = await tokenize({ content: 'people' })
    assert.deepEqual(await tokenize({ content: 'people', add_special: true }), [1, ...plain])
    assert.deepEqual(await tokenize({ content: 'people', add_special: false }), plain)
    const body = { content: 'people' }
    assert.deepEqual(await tokenize({ ...body, add_special: true }, chat.url), await tokenize(body, chat.url))
  })

  it('reads special tokens unless parse_special is false', async () => {
    const content = '<|im_start|>'
    assert.equal((await tokenize({ content }, chat.url)).length, 1)
    assert.equal((await tokenize({ content, parse_special: true }, chat.url)).length, 1)
    assert.equal((await tokenize({ content, parse_special: false }, chat.url)).length, content.length)
  })

  it('tells pieces: text, or bytes where they are no whole character', async () => {
    const tokens = await tokenize({ content: 'people é', with_pieces: true })
    assert.deepEqual(
      tokens.map(({ piece }: Json) => piece),
      [' people', ' ', [0xc3], [0xa9]],
    )
    assert.deepEqual(
      tokens.map(({ id }: Json) => id),
      await tokenize({ content: 'people é' }),
    )
    assert.equal((await tokenize({ content: '<s>', with_pieces: true }))[0].piece, '<s>')
  })

  it('takes a list of strings and ids', async () => {
    const [people] = await tokenize({ content: 'people' })
    assert.deepEqual(await tokenize({ content: ['people', 5, 'people'] }), [people, 5, people])
    assert.deepEqual(await tokenize({ content: ['people', 5], add_special: true }), [1, people, 5])
    assert.deepEqual(await tokenize({ content: [] }), [])
  })

  it('without content, with null and with an empty text is no tokens', async () => {
    for (const body of [{}, { content: null }, { content: '', prompt: '' }]) assert.deepEqual(await tokenize(body), [])
  })

  it('reads a long text', async () => {
    const content = 'the people '.repeat(20_000)
    assert.ok((await tokenize({ content })).length >= 40_000)
  })

  it('refuses what is no text', async () => {
    for (const content of [5, true, {}, [null], [1.5], [[1]]]) {
      const { status, json } = await post(llama.url, '/tokenize', { content })
      assert.equal(status, 400)
      assert.match(json.error.message, /"content/)
    }
  })

  it('refuses ids that are not in the vocabulary', async () => {
    for (const id of [568, -1, 2 ** 31, 2 ** 40]) {
      const { status, json } = await post(llama.url, '/tokenize', { content: [id] })
      assert.equal(status, 400)
      assert.match(json.error.message, new RegExp(`"content.*${id}.*\\[0, 567\\]`))
    }
  })
})

describe('/detokenize', () => {
  const texts = [
    'Hello people',
    ' leading',
    '  two',
    'trailing  ',
    'new\nlines\r\n\tand tabs',
    'é à ß ñ',
    'あいう カタカナ 漢字',
    '😄👩‍👩‍👧‍👧🇩🇪',
    'السلام עברית ไทย हिन्दी',
    '\u0000\u0001\u007f',
    '\ufeff\u200b\u2028',
    '𝒳𝓎',
    '\ufffd',
    '▁',
    '   ',
    '{"json": [1, 2.5e3, null]}',
  ]

  it('gives back what /tokenize took, whatever the characters', async () => {
    for (const { url } of [llama, chat])
      for (const content of texts) assert.equal(await detokenize(await tokenize({ content }, url), url), same(content))
  })

  it('shows special tokens', async () => {
    assert.equal(
      await detokenize(await tokenize({ content: '<|im_start|>user' }, chat.url), chat.url),
      '<|im_start|>user',
    )
  })

  it('of no tokens is empty', async () => {
    assert.equal(await detokenize([]), '')
    const { status, json } = await post(llama.url, '/detokenize', {})
    assert.deepEqual([status, json], [200, { content: '', prompt: '' }])
  })

  it('of half a character is the replacement character', async () => {
    assert.match(await detokenize([3 + 0xe3]), /^\s?\ufffd$/)
  })

  it('refuses what is no list of token ids of the model', async () => {
    for (const tokens of ['x', 5, {}, [1.5], ['a'], [null], [568], [-1], [2 ** 31], [2 ** 40]]) {
      const { status, json } = await post(llama.url, '/detokenize', { tokens })
      assert.equal(status, 400, JSON.stringify(tokens))
      assert.match(json.error.message, /"tokens/)
    }
  })
})

/** SentencePiece writes a space as ▁: a ▁ of the text itself comes back as a space. */
const same = (text: string): string => text.replaceAll('▁', ' ')

describe('what a client must know of the vocabulary to count by itself', () => {
  it('is told by /tokenizer_info', async () => {
    const { json } = await get(llama.url, '/tokenizer_info')
    const props = (await get(llama.url, '/props')).json
    assert.deepEqual(
      [json.bos_token, json.eos_token, json.add_bos_token, json.chat_template],
      [props.bos_token, props.eos_token, true, props.chat_template],
    )
    assert.equal(json.model_max_length, props.default_generation_settings.n_ctx)
  })
})
