import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { get, post, runProgram, startServer } from '../../support/server.ts'
import { packTinyAdapter, tinyAdapter } from '../../support/tiny-adapters.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { temporaryFolder } from './programs.ts'

const model = tinyModel('tiny-llama')

/** What libllama says of itself while it loads. */
async function loadLog(...flags: readonly string[]): Promise<string> {
  const { output, stop } = await startServer('-m', model, '-lv', '4', ...flags)
  await stop()
  return output()
}

test('flags of batch, cache types, flash attention, RoPE and loading reach libllama', async () => {
  const log = await loadLog(
    ...['-b', '128', '-ub', '64', '-ctk', 'f32', '-ctv', 'bf16', '-fa', 'off', '--no-mmap'],
    ...['--rope-freq-base', '5000', '--rope-scale', '2'],
  )
  assert.match(log, /n_batch\s+= 128\b/)
  assert.match(log, /n_ubatch\s+= 64\b/)
  assert.match(log, /K \(f32\).*V \(bf16\)/)
  assert.match(log, /flash_attn\s+= disabled/)
  assert.match(log, /freq_base\s+= 5000/)
  assert.match(log, /freq_scale\s+= 0\.5/)
  assert.match(log, /load_mode = none/)
})

test('without them libllama has its defaults, and --memory-f32 is both caches in f32', async () => {
  const log = await loadLog('--memory-f32')
  assert.match(log, /n_batch\s+= 512\b/)
  assert.match(log, /K \(f32\).*V \(f32\)/)
  assert.match(log, /freq_base\s+= 10000/)
})

test('-t and -tb reach libllama, and /props tells what it has; -tb is as -t when not given', async () => {
  for (const [flags, expected] of [
    [
      ['-t', '2', '-tb', '3'],
      [2, 3],
    ],
    [
      ['-t', '2'],
      [2, 2],
    ],
  ] as const) {
    const { url } = await startServer('-m', model, ...flags)
    const { engine } = (await get(url, '/props')).json
    assert.deepEqual([engine.n_threads, engine.n_threads_batch], expected)
  }
})

test('--rope-scaling and each flag of YaRN change what the model computes, and -1 is what the model says', async () => {
  const yarn = ['--rope-scaling', 'yarn', '--rope-freq-scale', '0.25', '--yarn-orig-ctx', '128']
  const prompt = Array.from({ length: 200 }, (_, i) => 300 + ((i * 37) % 250))
  const likeliest = async (...flags: readonly string[]): Promise<number> => {
    const { url, stop } = await startServer('-m', model, ...yarn, ...flags)
    const { json } = await post(url, '/completion', { prompt, n_predict: 1, n_probs: 1, temperature: 0 })
    await stop()
    return json.completion_probabilities[0].logprob
  }
  const asIs = await likeliest()
  const noExtrapolation = ['--yarn-ext-factor', '0'] // else libllama works the attention factor out itself
  const isNear = (a: number, b: number) => Math.abs(a - b) < 1e-3
  const plain = await likeliest(...noExtrapolation)
  for (const [flags, other] of [
    [['--yarn-orig-ctx', '16'], asIs],
    [['--yarn-ext-factor', '0.3'], asIs],
    [['--yarn-beta-slow', '4'], asIs],
    [['--yarn-beta-fast', '2'], asIs],
    [['--rope-scaling', 'none'], asIs],
    [['--rope-scaling', 'linear'], asIs],
    [[...noExtrapolation, '--yarn-attn-factor', '0.5'], plain],
  ] as const) {
    assert.ok(!isNear(await likeliest(...flags), other), flags.join(' '))
  }
  const own = ['--yarn-ext-factor', '--yarn-attn-factor', '--yarn-beta-slow', '--yarn-beta-fast']
  assert.ok(isNear(await likeliest(...own.flatMap((flag) => [flag, '-1'])), asIs))
})

test('a combination that libllama cannot make ends the start with its reason', async () => {
  await assert.rejects(
    startServer('-m', model, '-ctv', 'q8_0', '-fa', 'off'),
    /cria ended with 1: cria: a context of .* cannot be made: .*V cache/,
  )
})

test('--mlock and --numa reach libllama, and where the machine has no use for a flag it is said and the server runs', async () => {
  const { url, output } = await startServer(
    ...['-m', model, '-lv', '4', '--mlock', '--no-mmap', '--numa'],
    ...['-ngl', '5', '-mg', '1', '-ts', '3,2', '-sm', 'none'],
  )
  const { json } = await post(url, '/completion', { prompt: 'Hello', n_predict: 2 })
  assert.ok(json.tokens_predicted >= 2) // and the rest of a character
  assert.match(output(), /load_mode = mlock/)
  for (const flag of ['-ngl 5', '-mg 1', '-ts 3,2', '-sm none']) {
    assert.match(output(), new RegExp(`WARN.*: ${flag} has no effect: the engine .* computes on the CPU`))
  }
  assert.match(output(), /WARN.*--numa distribute has no effect: this machine has one node of memory/)
})

test('warnings of flags without effect are shown without -v', async () => {
  const { output } = await startServer('-m', model, '-ngl', '5')
  assert.match(output(), /WARN.*-ngl 5 has no effect/)
})

test('--override-kv changes metadata for the engine and for the vocabulary, and tells a key that is not asked for', async () => {
  const flags = ['llama.context_length=int:256', 'tokenizer.ggml.add_bos_token=bool:false', 'general.nothing=str:x']
  const { url, output } = await startServer(
    ...['-m', model, '-lv', '4', '--override-kv', flags.slice(0, 2).join(), '--override-kv', flags[2]!],
    ...['--override-kv', 'llama.rope.freq_base=float:5000'],
  )
  assert.match(output(), /n_ctx_train\s+= 256\b/)
  assert.match(output(), /freq_base\s+= 5000/)
  assert.equal((await get(url, '/props')).json.default_generation_settings.n_ctx, 256)
  const { tokens } = (await post(url, '/tokenize', { content: 'Hello', add_special: true })).json
  assert.notEqual(tokens[0], 1)
  const { json } = await post(url, '/completion', { prompt: 'Hello', n_predict: 1 })
  assert.equal(json.tokens_evaluated, tokens.length)
  assert.match(output(), /WARN.*--override-kv general\.nothing has no effect/)
  assert.doesNotMatch(output(), /context_length has no effect/)
})

test('a value of another type than the model has ends the start', async () => {
  const flags = ['-m', model, '--port', '0', '--override-kv', 'llama.context_length=float:256']
  const { code, stderr } = await runProgram(flags)
  assert.equal(code, 1)
  assert.match(stderr, /^cria: --override-kv: llama\.context_length is of the type int, not float\n$/)
})

test('an adapter that is none, is cut off or does not fit the model ends the start with a sentence', async () => {
  const dir = temporaryFolder()
  const write = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(dir, name), bytes)
    return join(dir, name)
  }
  const whole = packTinyAdapter('whole')
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(dir, 'nothing.gguf'), /nothing\.gguf cannot be read/],
    [dir, /is not a whole GGUF file|cannot be read/],
    [model, /is not a LoRA adapter: its general\.type is model/],
    [write('cut.gguf', whole.subarray(0, whole.length - 100)), /cut\.gguf is cut off/],
    [write('empty.gguf', new Uint8Array(0)), /empty\.gguf is not a whole GGUF file/],
    [
      write('other.gguf', packTinyAdapter('other', { nTokens: 7 })),
      /other\.gguf cannot be loaded: .*token_embd.*shape/,
    ],
  ]
  for (const [path, sentence] of cases) {
    const { code, stderr } = await runProgram(['-m', model, '--port', '0', '--lora', path])
    assert.equal(code, 1, stderr)
    assert.match(stderr, sentence)
    assert.match(stderr, /^cria: [^\n]+\n$/)
  }
  const { code, stderr } = await runProgram([
    '-m',
    tinyModel('tiny-mamba'),
    '--port',
    '0',
    '--lora',
    tinyAdapter('second'),
  ])
  assert.equal(code, 1)
  assert.match(stderr, /second\.gguf cannot be loaded: .*arch mismatch/)
})
