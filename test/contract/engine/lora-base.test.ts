// --lora-base: a quantized model whose changed tensors come from the float model, beside the float model with the adapter.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { get, type Json, post, runProgram, startServer } from '../../support/server.ts'
import { tinyAdapter } from '../../support/tiny-adapters.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, enginePid, until } from './generations.ts'

const cacheDir = mkdtempSync(join(tmpdir(), 'lora-base-'))
after(() => rmSync(cacheDir, { recursive: true, force: true }))
const folder = join(cacheDir, 'merged')
mkdirSync(folder)
const stale = join(folder, `${hostname()}.${2 ** 30}.gguf`)
writeFileSync(stale, 'left by a crash')

const float = tinyModel('tiny-llama')
const quantized = tinyModel('tiny-llama', 'Q8_0')
const adapters = ['--lora', tinyAdapter('first', { alpha: 8 }), '--lora-scaled', tinyAdapter('second'), '0.5']
const from = (base: string) => ['--lora-base', base, ...adapters, '--cache-dir', cacheDir]

const wanted = await startServer('-m', float, ...adapters)
const merged = await startServer('-m', quantized, ...from(float))
const mergedFloat = await startServer('-m', float, ...from(float))
const plain = await startServer('-m', quantized)

const prompts = ['The people said that they', 'When you have time', 'It was like this:']

/** Logprobs of all that both find likely, at the first token after the prompt. */
async function logprobs(url: string, prompt: string, more: object = {}): Promise<Map<number, number>> {
  const answer = await cold(url, { prompt, n_predict: 1, n_probs: 400, ...more })
  const top: { id: number; logprob: number }[] = answer.completion_probabilities[0].top_logprobs
  return new Map(top.filter(({ logprob }) => logprob > -8).map(({ id, logprob }) => [id, logprob]))
}

async function farthest(url: string, prompt: string, ofWanted: object = {}): Promise<number> {
  const [here, there] = [await logprobs(url, prompt), await logprobs(wanted.url, prompt, ofWanted)]
  const both = [...here].filter(([id]) => there.has(id))
  assert.ok(both.length > 20, `${both.length} tokens to compare`)
  return Math.max(...both.map(([id, logprob]) => Math.abs(logprob - there.get(id)!)))
}

test('merged into the float model, the adapters give what libllama gives with them', async () => {
  for (const prompt of prompts) {
    const body = { prompt, n_predict: 24, n_probs: 2 }
    assertSameTokens(await cold(mergedFloat.url, body), await cold(wanted.url, body), prompt)
    assert.ok((await farthest(mergedFloat.url, prompt)) < 0.001)
  }
})

test('merged into the quantized model, they differ from the float model with them by its quantization alone', async () => {
  const withoutAdapters = { lora: [{ id: 0, scale: 0 }] }
  const [near, quantization, far]: number[][] = [[], [], []]
  for (const prompt of prompts) {
    near!.push(await farthest(merged.url, prompt))
    quantization!.push(await farthest(plain.url, prompt, withoutAdapters))
    far!.push(await farthest(plain.url, prompt))
  }
  const [most, usual, least] = [Math.max(...near!), Math.max(...quantization!), Math.min(...far!)]
  const figures = `${most} from the float model, quantization ${usual}, without the adapters ${least}`
  console.log(figures)
  assert.ok(most < 2 * usual, figures)
  assert.ok(least > 4 * most, figures)
})

test('what is merged is no adapter any more', async () => {
  assert.deepEqual((await get(merged.url, '/lora-adapters')).json, [])
  const { status, json } = await post(merged.url, '/completion', { prompt: 'x', lora: [{ id: 0, scale: 0 }] })
  assert.equal(status, 400)
  assert.match(json.error.message, /"lora\[0\]\.id": 0/)
  assert.equal((await get(merged.url, '/props')).json.model_path, quantized)
})

test('a start tells what it merges, and removes what a crash has left', () => {
  assert.match(merged.output(), /merging 4 of \d+ tensors with 2 adapters into .*merged/)
  assert.match(merged.output(), /100 %/)
  assert.ok(!existsSync(stale))
})

test('the merged file is there while the engine may need it again, and is gone with the program', async () => {
  const file = join(folder, `${hostname()}.${merged.child.pid}.gguf`)
  assert.ok(existsSync(file))
  const body = { prompt: prompts[0], n_predict: 12, n_probs: 2 }
  const before: Json = await cold(merged.url, body)
  const pid = await enginePid(merged.url)
  process.kill(pid, 'SIGKILL')
  await until('another engine', async () => {
    const { json } = await get(merged.url, '/props')
    return json.engine !== undefined && json.engine.pid !== pid
  })
  assertSameTokens(await cold(merged.url, body), before, 'after a crash of the engine')
  assert.equal(await merged.stop(), 0)
  assert.ok(!existsSync(file))
})

test('a start without --lora-base removes what a crash has left, too', async () => {
  writeFileSync(stale, 'left by a crash')
  const { stop } = await startServer('-m', float, '--cache-dir', cacheDir)
  await until('the file is gone', () => !existsSync(stale))
  await stop()
})

test('what cannot be merged ends the start with a sentence and leaves no file', async () => {
  const served = ['-m', quantized, '--port', '0', '--cache-dir', cacheDir]
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--lora-base', float], /--lora-base needs --lora: there is no adapter to merge/],
    [[...from(float), '--lora-init-without-apply'], /cannot be combined/],
    [from(quantized), /is quantized .*it must be F32, F16 or BF16/],
    [from(tinyModel('tiny-mamba')), /architecture llama, but .*tiny-mamba\.gguf is mamba/],
    [from(join(cacheDir, 'nothing.gguf')), /nothing\.gguf cannot be read/],
    [
      ['--lora-base', float, '--lora', float, '--cache-dir', cacheDir],
      /is not a LoRA adapter: its general.type is model/,
    ],
  ]
  const before = readdirSync(folder)
  for (const [flags, sentence] of cases) {
    const { code, stderr } = await runProgram([...served, ...flags])
    assert.equal(code, 1, stderr)
    assert.match(stderr, sentence)
    assert.doesNotMatch(stderr, /^\s+at |unexpected: /m)
  }
  assert.deepEqual(readdirSync(folder), before)
})
