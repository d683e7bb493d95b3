// The `grammar` field: the text follows it, and a grammar that cannot be followed is a 400 that says where and why.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '2')

async function complete(body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { prompt: 'Hello', n_predict: 60, seed: 1, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refused(body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { prompt: 'Hello', n_predict: 60, seed: 1, ...body })
  assert.equal(status, 400, JSON.stringify(json))
  assert.equal(json.error.code, 400)
  assert.equal(json.error.type, 'invalid_request_error')
  return json.error
}

describe('a grammar', () => {
  it('is checked whatever the prompt: an empty one asks only whether it is good', async () => {
    assert.equal((await refused({ prompt: [], grammar: 'root ::= nothing' })).param, 'grammar')
    assert.equal((await complete({ prompt: [], grammar: 'root ::= "a"' })).content, '')
  })

  it('is followed, and its end is the end of the text', async () => {
    const json = await complete({ grammar: 'root ::= "yes" | "no"', n_predict: -1 })
    assert.match(json.content, /^(yes|no)$/)
    assert.equal(json.stop_type, 'eos')
  })

  it('is followed by every way of sampling', async () => {
    const grammar = 'root ::= ("ab" | "cd")+ "."'
    const ways = [
      { temperature: 0 },
      { temperature: 5 },
      { mirostat: 1 },
      { mirostat: 2 },
      { top_k: 1 },
      { tfs_z: 0.2 },
    ]
    for (const way of [...ways, { n_probs: 3 }, { samplers: [] }, { repeat_penalty: 3 }]) {
      const { content } = await complete({ grammar, ...way })
      assert.match(content, /^(ab|cd)*([ac]?|\.)$/, JSON.stringify(way))
    }
  })

  it('writes JSON', async () => {
    const grammar = `root ::= "{" ws "\\"name\\":" ws string "," ws "\\"age\\":" ws [0-9]{1,3} "}"
string ::= "\\"" [a-z ]{0,10} "\\""
ws ::= " "?`
    for (const seed of [1, 2, 3]) {
      const { content, stop_type } = await complete({ grammar, seed })
      assert.equal(stop_type, 'eos')
      const { name, age } = JSON.parse(content)
      assert.equal(typeof name, 'string')
      assert.equal(typeof age, 'number')
    }
  })

  it('of characters that are several tokens is followed', async () => {
    const { content } = await complete({ grammar: 'root ::= [ぁ-ヿ]{4} "é" "😄"{2}' })
    assert.match(content, /^[ぁ-ヿ]{4}é😄😄$/u)
    const all = await stream(url, '/completion', { prompt: 'Hello', grammar: 'root ::= "あ😄é"' })
    assert.deepEqual(all.map((event) => event.content).filter(Boolean), ['あ', '😄', 'é'])
  })

  it('of nothing but the end gives an empty text', async () => {
    const json = await complete({ grammar: 'root ::= ""' })
    assert.equal(json.content, '')
    assert.equal(json.stop_type, 'eos')
  })

  it('ends even where ignore_eos is set, since nothing may follow', async () => {
    const json = await complete({ grammar: 'root ::= "yes"', ignore_eos: true })
    assert.equal(json.content, 'yes')
  })

  it('is cut by n_predict and by stop', async () => {
    assert.equal((await complete({ grammar: 'root ::= "a"{50}', n_predict: 5 })).content.length, 5)
    const json = await complete({ grammar: 'root ::= "a"{20} "bcd" .*', stop: 'bc' })
    assert.equal(json.content, 'a'.repeat(20))
    assert.equal(json.stop_type, 'word')
  })

  it('probabilities under it are of the tokens that may come', async () => {
    const { completion_probabilities: all } = await complete({ grammar: 'root ::= [xyz]{3}', n_probs: 5 })
    assert.equal(all.length, 3)
    for (const { probs, content } of all) {
      assert.match(content, /^[xyz]$/)
      assert.ok(probs.reduce((sum: number, { prob }: Json) => sum + prob, 0) <= 1 + 1e-6)
    }
  })

  it('of one request is not that of another', async () => {
    const texts = await Promise.all(
      ['x', 'y', 'z', 'w'].map((char) =>
        complete({ grammar: `root ::= "${char}"{30}` }).then(({ content }) => content),
      ),
    )
    assert.deepEqual(
      texts,
      ['x', 'y', 'z', 'w'].map((char) => char.repeat(30)),
    )
  })

  it('empty is none', async () => {
    assert.equal((await complete({ grammar: '' })).content, (await complete({})).content)
  })
})

describe('a grammar that cannot be read', () => {
  const cases: readonly [string, string, RegExp][] = [
    ['a string that is not closed', 'root ::= "yes', /line 1, column \d+.*closed/],
    ['no ::=', 'root = "yes"', /line 1, column \d+/],
    ['a rule that is not there', 'root ::= "a" |\n other', /line 2, column 2.*undefined rule "other"/],
    ['no root', 'other ::= "a"', /missing rule "root"/],
    ['left recursion', 'root ::= root "a" | "b"', /left recursion in rule "root"/],
    ['left recursion round a corner', 'root ::= a\na ::= b\nb ::= a "x" | "y"', /left recursion/],
    ['left recursion behind something empty', 'root ::= "a"? root "b" | "c"', /left recursion/],
    ['a class that is not closed', 'root ::= [a-z', /line 1, column \d+/],
    ['a group that is not closed', 'root ::= ("a" | "b"', /"\)"/],
    ['a repetition of nothing', 'root ::= * "a"', /line 1, column \d+/],
    ['too many repetitions', 'root ::= "a"{100000}', /100000/],
    ['repetitions that multiply', 'root ::= (("a"{0,99}){0,99}){0,99}', /./],
    ['a minimum over its maximum', 'root ::= "a"{5,2}', /5.*2/],
    ['deep nesting', `root ::= ${'('.repeat(5000)}"a"${')'.repeat(5000)}`, /./],
    ['only spaces', ' \n ', /root/],
    ['NUL', 'root ::= "a"\u0000', /NUL/],
  ]
  for (const [name, grammar, rule] of cases) {
    it(`for ${name} is a 400 that says where and why`, async () => {
      const { message, param } = await refused({ grammar })
      assert.match(message, /^Cannot read "grammar": line \d+, column \d+: /)
      assert.match(message, rule)
      assert.equal(param, 'grammar')
    })
  }

  it('in a stream is a plain 400', async () => {
    assert.match((await refused({ grammar: 'root ::= other', stream: true })).message, /undefined rule "other"/)
  })

  it('for a token that the model does not know names it', async () => {
    assert.match((await refused({ grammar: 'root ::= <nosuchtoken>' })).message, /nosuchtoken/)
    assert.match((await refused({ grammar: 'root ::= <[99999]>' })).message, /99999/)
  })
})

describe('a grammar that no token satisfies', () => {
  it('with logit_bias is a 400, and the server goes on', async () => {
    const { tokens } = (await post(url, '/tokenize', { content: 'az' })).json
    const logit_bias = [tokens.at(-1), 3 + 0x7a].map((id) => [id, false])
    for (const way of [{}, { temperature: 0 }, { mirostat: 2 }, { n_probs: 2 }]) {
      const { message } = await refused({ grammar: 'root ::= "z"', logit_bias, ...way })
      assert.match(message, /grammar/)
      assert.match(message, /logit_bias/)
    }
    assert.match((await complete({ grammar: 'root ::= "yes"' })).content, /^yes$/)
  })

  it('does not end a neighbour', async () => {
    const { tokens } = (await post(url, '/tokenize', { content: 'az' })).json
    const logit_bias = [tokens.at(-1), 3 + 0x7a].map((id) => [id, false])
    const good = complete({ n_predict: 200, ignore_eos: true })
    for (let i = 0; i < 10; i++) await refused({ grammar: 'root ::= "ab" "z"', logit_bias })
    assert.ok((await good).tokens_predicted >= 200)
  })
})
