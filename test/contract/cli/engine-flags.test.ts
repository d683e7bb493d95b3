import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

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

test('a combination that libllama cannot make ends the start with its reason', async () => {
  await assert.rejects(
    startServer('-m', model, '-ctv', 'q8_0', '-fa', 'off'),
    /cria ended with 1: cria: a context of .* cannot be made: .*V cache/,
  )
})
