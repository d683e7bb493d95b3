// GET /health, /props and /v1/models.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { startEndless } from '../engine/generations.ts'

const path = tinyModel('tiny-llama')
const named = await startServer('-m', path, '--alias', 'my model', '-np', '2', '-c', '512')
const plain = await startServer('-m', tinyModel('tiny-chat'))

describe('/health', () => {
  it('is ok', async () => {
    for (const route of ['/health', '/v1/health'])
      assert.deepEqual(await get(named.url, route), { status: 200, json: { status: 'ok' } })
  })

  it('does not wait for the engine', async () => {
    const running = await startEndless(named.url, { prompt: 'Hello' })
    for (let i = 0; i < 20; i++) assert.equal((await get(named.url, '/health')).status, 200)
    assert.ok(
      running.events.every(({ stop }) => !stop),
      'the engine was at work all the time',
    )
    running.leave()
  })
})

describe('/props', () => {
  it("has the specification's names and llama-server's", async () => {
    const { status, json } = await get(named.url, '/props')
    assert.equal(status, 200)
    assert.equal(json.assistant_name, '')
    assert.equal(json.user_name, '')
    assert.equal(json.anti_prompt, '')
    assert.equal(json.total_slots, 2)
    assert.equal(json.model_path, path)
    assert.equal(json.chat_template, '')
    assert.equal(json.bos_token, '<s>')
    assert.equal(json.eos_token, '</s>')
    assert.deepEqual(json.modalities, { vision: false, audio: false })
    assert.equal(typeof json.build_info, 'string')
    assert.equal(json.is_sleeping, false)
  })

  it('tells the default settings, which are those of a request', async () => {
    const { default_generation_settings: defaults } = (await get(named.url, '/props')).json
    assert.equal(defaults.n_ctx, 256, 'of each slot')
    assert.equal(defaults.params.temperature, 0.8)
    assert.equal(defaults.params.top_k, 40)
    const { json } = await post(named.url, '/completion', { prompt: 'This is the end' })
    assert.deepEqual({ ...json.generation_settings, seed: -1 }, defaults.params)
  })

  it("tells the model's chat template", async () => {
    assert.match((await get(plain.url, '/props')).json.chat_template, /<\|im_start\|>/)
  })

  it('tells what the chat template can do', async () => {
    const { chat_template_caps: caps } = (await get(plain.url, '/props')).json
    assert.equal(caps.supports_string_content, true)
    assert.equal(caps.supports_system_role, true)
    assert.equal(caps.supports_tool_calls, false)
    assert.ok(Object.values(caps).every((value) => typeof value === 'boolean'))
  })
})

describe('/props of what is served', () => {
  it('tells whether slots, metrics, embeddings and infill are', async () => {
    const usual = (await get(named.url, '/props')).json
    assert.deepEqual([usual.endpoint_slots, usual.endpoint_metrics, usual.endpoint_props], [true, false, false])
    assert.deepEqual([usual.embeddings, usual.can_infill], [null, false])
    const flags = ['--no-slots', '--metrics', '--embedding', '--pooling', 'mean', '-c', '128']
    const other = await startServer('-m', tinyModel('tiny-fim'), ...flags)
    const { json } = await get(other.url, '/props')
    assert.deepEqual([json.endpoint_slots, json.endpoint_metrics, json.can_infill], [false, true, true])
    const { pooling, n_embd, n_tokens_max } = json.embeddings
    assert.deepEqual([pooling, n_embd], ['mean', 64])
    assert.equal((await post(other.url, '/embedding', { content: 'x' })).json.embedding.length, n_embd)
    const long = await post(other.url, '/embedding', { content: Array(n_tokens_max + 1).fill(300) })
    assert.deepEqual([long.status, long.json.error.n_ctx], [400, n_tokens_max])
  })
})

describe('/props of the engine', () => {
  it('tells the engine: what it computes, by which package, and in which process', async () => {
    const { engine } = (await get(named.url, '/props')).json
    assert.match(engine.description, /^llama .*F32$/)
    assert.match(engine.backend, /^(linux|mac|win)-/)
    process.kill(engine.pid, 0) // throws when there is no such process
  })
})

describe('/v1/models', () => {
  it('tells what the model is', async () => {
    const { data, models } = (await get(named.url, '/v1/models')).json
    const { n_params, size, n_embd, n_ctx, description, n_vocab } = data[0].meta
    assert.equal(n_vocab, 568)
    assert.deepEqual([n_ctx, n_embd], [256, 64])
    assert.equal(size, n_params * 4, 'each parameter has four bytes')
    assert.match(description, /^llama .*F32$/)
    assert.deepEqual(data[0].architecture, { input_modalities: ['text'], output_modalities: ['text'] })
    assert.deepEqual(models, [{ name: 'my model', model: 'my model', type: 'model', capabilities: ['completion'] }])
  })

  it('shows a model by any of its names, slashes or not', async () => {
    const { data } = (await get(named.url, '/v1/models')).json
    for (const name of ['my model', path]) {
      for (const id of [encodeURIComponent(name), encodeURI(name)]) {
        assert.deepEqual(await get(named.url, `/v1/models/${id}`), { status: 200, json: data[0] }, id)
      }
    }
    const { status, json } = await get(named.url, '/models/org/other')
    assert.deepEqual([status, json.error.code, json.error.param], [404, 'model_not_found', 'model'])
    assert.match(json.error.message, /"org\/other"/)
  })

  it('lists the one model by its alias', async () => {
    for (const route of ['/v1/models', '/models']) {
      const { status, json } = await get(named.url, route)
      assert.equal(status, 200)
      assert.equal(json.object, 'list')
      assert.equal(json.data.length, 1)
      const [model] = json.data
      assert.equal(model.id, 'my model')
      assert.equal(model.object, 'model')
      assert.equal(model.owned_by, 'llamacpp')
      assert.ok(Math.abs(model.created - Date.now() / 1000) < 600)
      assert.equal(model.meta.n_vocab, 568)
      assert.equal(model.meta.n_ctx_train, 512)
    }
  })

  it('without an alias it is the path', async () => {
    assert.equal((await get(plain.url, '/v1/models')).json.data[0].id, tinyModel('tiny-chat'))
  })

  it('the alias is the model of every answer', async () => {
    const completion = await post(named.url, '/completion', { prompt: 'Hello', n_predict: 1 })
    assert.equal(completion.json.model, 'my model')
    assert.equal(completion.json.generation_settings.model, 'my model')
    const messages = [{ role: 'user', content: 'Hello' }]
    const chat = await post(named.url, '/v1/chat/completions', { messages, max_tokens: 1, model: 'gpt-4' })
    assert.equal(chat.json.model, 'my model')
  })
})
