// Saved slots with pictures in them: found again by the same picture, by no other, and only with the same projector.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { testVisionLibrary } from '../support/libmtmd.ts'
import { pictures } from '../support/pictures.ts'
import { type Json, post, startServer } from '../support/server.ts'
import { cacheDir } from '../support/smollm2.ts'
import { visionPair } from '../support/vision-models.ts'

const library = await testVisionLibrary()
const skip = 'missing' in library ? library.missing : false
const dir = mkdtempSync(join(tmpdir(), 'cria-slots-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const greedy = { temperature: 0, repeat_penalty: 1, n_predict: 8, ignore_eos: true, return_tokens: true }
const saving = ['--slot-save-path', dir, '-np', '2', '-c', '4096']
const start = ({ model, mmproj }: { model: string; mmproj: string }) =>
  startServer('-m', model, '--mmproj', mmproj, '--cache-dir', cacheDir, ...saving)

async function ask(url: string, slotId: number, name: string): Promise<Json> {
  const picture = Buffer.from(pictures[name]!).toString('base64')
  const prompt = { prompt_string: 'Look at this <__media__> and tell', multimodal_data: [picture] }
  const { status, json } = await post(url, '/completion', { ...greedy, prompt, slot_id: slotId })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

for (const kind of ['mlp', 'gemma3', 'qwen2vl'] as const) {
  test(`${kind}: a slot with a picture is restored in a later process, with the same projector`, { skip }, async () => {
    const filename = `${kind}.bin`
    const act = (url: string, action: string, slotId: number) =>
      post(url, `/slots/${slotId}?action=${action}`, { filename })
    const first = await start(visionPair(kind))
    const cold = await ask(first.url, 0, 'wide PNG')
    const saved = await act(first.url, 'save', 0)
    assert.equal(saved.json.n_saved, cold.tokens_evaluated + cold.tokens_predicted - 1)
    await first.stop()

    const second = await start(visionPair(kind))
    assert.equal((await act(second.url, 'restore', 1)).json.n_restored, saved.json.n_saved)
    const warm = await ask(second.url, 1, 'wide PNG')
    assert.deepEqual([warm.timings.cache_n, warm.timings.prompt_n], [cold.tokens_evaluated - 1, 1])
    assert.deepEqual(warm.tokens, cold.tokens)
    assert.equal((await act(second.url, 'restore', 1)).status, 200)
    const otherPicture = await ask(second.url, 1, 'tall PNG')
    assert.ok(otherPicture.timings.cache_n < 16, 'another picture is another prompt')
    await second.stop()
    if (kind !== 'mlp') return

    const changed = join(dir, `other-${kind}.gguf`)
    const bytes = readFileSync(visionPair(kind).mmproj)
    bytes[bytes.length - 2]! ^= 1
    writeFileSync(changed, bytes)
    const third = await start({ model: visionPair(kind).model, mmproj: changed })
    const another = await act(third.url, 'restore', 0)
    assert.equal(another.status, 400)
    assert.match(another.json.error.message, /images that were read with another --mmproj/)
    await third.stop()

    const blind = await startServer('-m', visionPair(kind).model, ...saving)
    const without = await act(blind.url, 'restore', 0)
    assert.equal(without.status, 400)
    assert.match(without.json.error.message, /Cannot restore media tokens without an mmproj: start with --mmproj/)
    await blind.stop()
  })
}
