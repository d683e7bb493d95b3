import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionWarnings } from '../../../src/options/warnings.ts'

const ofFlags = (line: string) => optionWarnings(line.split(' '), {})
const ofEnv = (env: Readonly<Record<string, string>>) => optionWarnings([], env)

test('optionWarnings() names a flag without effect, what was given to it, and why', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--cache-ram 100', /^--cache-ram 100 has no effect: prompts are cached in the slots/],
    ['--no-jinja', /^--no-jinja has no effect: chat templates are always Jinja$/],
    ['--no-warmup', /^--no-warmup has no effect: the model is always warmed up$/],
    ['--perf', /^--perf has no effect: /],
    ['--fit on', /^--fit on has no effect: /],
    ['-bs', /^-bs has no effect: /],
  ]
  for (const [line, sentence] of cases) {
    const [warning, ...others] = ofFlags(line)
    assert.match(warning!, sentence)
    assert.deepEqual(others, [])
  }
})

test('optionWarnings() says nothing of flags that ask for what is always so', () => {
  const harmless = '--jinja --swa-full --warmup -dt 0.1 --no-perf -e --no-escape --threads-http 4 --cache-idle-slots'
  assert.deepEqual(ofFlags(`${harmless} --nobrowser --gpu x -c 512 --no-mmap`), [])
})

test('optionWarnings() names each LLAMA_ARG variable that is not read', () => {
  assert.deepEqual(ofEnv({ LLAMA_ARG_RPC: 'a:1', PATH: '/bin', LLAMA_CACHE: 'x' }), [
    'LLAMA_ARG_RPC has no effect: --rpc is a flag of llama-server that Cria does not serve (it computes on other machines over an unprotected protocol); run a server on each machine, behind a load balancer',
  ])
  assert.match(ofEnv({ LLAMA_ARG_HF_REPO: 'a/b' })[0]!, /^LLAMA_ARG_HF_REPO has no effect: -hf is planned/)
  assert.match(ofEnv({ LLAMA_ARG_CACHE_RAM: '0' })[0]!, /^LLAMA_ARG_CACHE_RAM=0 has no effect: prompts are cached/)
  assert.match(
    ofEnv({ LLAMA_ARG_CTXSIZE: '1' })[0]!,
    /^LLAMA_ARG_CTXSIZE has no effect: neither .*; did you mean LLAMA_ARG_CTX_SIZE\?$/,
  )
})

test('optionWarnings() says nothing of variables that are read, or ask for what is always so', () => {
  const env = { LLAMA_ARG_CTX_SIZE: '1', LLAMA_ARG_NO_MMAP: '1', LLAMA_ARG_JINJA: '1', LLAMA_ARG_THREADS_HTTP: '2' }
  assert.deepEqual(ofEnv(env), [])
  assert.equal(ofEnv({ LLAMA_ARG_JINJA: '0' }).length, 1)
  assert.equal(ofEnv({ LLAMA_ARG_PERF: 'off' }).length, 0)
  assert.equal(ofEnv({ LLAMA_ARG_PERF: '1' }).length, 1)
})
