// What cannot be served ends the program at once: one sentence on stderr, a code other than 0, nothing left running.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { tinyBert } from '../../support/tiny-bert.ts'
import { brokenModel, packTinyModel, tinyModel } from '../../support/tiny-models.ts'
import { run, temporaryFolder } from './programs.ts'

const dir = temporaryFolder()
const model = tinyModel('tiny-llama')
const served = ['-m', model, '--port', '0', '-t', '1']

async function assertRefused(
  flags: readonly string[],
  sentence: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const name = `cria ${flags.join(' ')}`
  const { code, stdout, stderr } = await run(flags, env)
  assert.ok(code !== null && code !== 0, `${name}: code ${code}`)
  assert.equal(stdout, '', name)
  assert.match(stderr, sentence, name)
  assert.match(stderr, /^cria: [^\n]+\n$/, `${name}: one line`)
  assert.doesNotMatch(stderr, /^\s+at |unexpected: /m, name)
}

// one of each kind; the others are in test/unit/options/resolve.test.ts
const onCommandLine: readonly (readonly [what: string, flags: readonly string[], sentence: RegExp])[] = [
  ['an unknown flag', ['--frobnicate'], /unknown flag --frobnicate.*--help/],
  ['a flag with a typing error', ['--ctx-szie', '512'], /unknown flag --ctx-szie; did you mean.*--ctx-size/],
  ['a missing value', ['--port'], /--port needs a value/],
  ['no number', ['--port', 'abc'], /--port: "abc" is not a number/],
  ['a number that is too large', ['--port', '65536'], /--port: 65536 is not in \[0, 65535\]/],
  ['a positional argument', ['model.gguf'], /unexpected argument "model.gguf".*-m model.gguf/],
  [
    'a word that a flag does not know',
    ['--reasoning-format', 'deepsea'],
    /--reasoning-format: "deepsea" is not one of auto, deepseek,/,
  ],
]

for (const [what, flags, sentence] of onCommandLine) {
  test(`refused: ${what}`, () => assertRefused([...served, ...flags], sentence))
}

test('refused: what an environment variable says, named by the variable', async () => {
  await assertRefused(served.slice(0, 2), /LLAMA_ARG_PORT: "abc" is not a number/, { LLAMA_ARG_PORT: 'abc' })
})

test('refused: a model that is not there', async () => {
  await assertRefused(['-m', join(dir, 'nothing.gguf'), '--port', '0'], /no model file .*nothing\.gguf/)
})

test('refused: a folder as a model', async () => {
  await assertRefused(['-m', dir, '--port', '0'], /is not a file/)
})

test('refused: a model file that is empty, is no GGUF, or ends too early', async () => {
  await assertRefused(['-m', brokenModel('empty', dir), '--port', '0'], /broken-empty\.gguf is not a GGUF model/)
  await assertRefused(['-m', brokenModel('wrong-magic', dir), '--port', '0'], /wrong-magic\.gguf is not a GGUF model/)
  await assertRefused(
    ['-m', brokenModel('truncated', dir), '--port', '0'],
    /broken-truncated\.gguf cannot be loaded: .*\w/,
  )
})

test('refused: a model whose vocabulary has a token twice, for which libllama would end the program', async () => {
  const bytes = packTinyModel('tiny-llama')
  const [one, other] = ['<0x41>', '<0x42>']
  bytes.write(one, bytes.indexOf(other))
  const path = join(dir, 'twice.gguf')
  writeFileSync(path, bytes)
  await assertRefused(['-m', path, '--port', '0'], /twice\.gguf cannot be loaded: .*"<0x41>" twice/)
})

test('refused: a port that is taken', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  try {
    await assertRefused(['-m', model, '--port', String(port)], new RegExp(`port ${port} .*taken.*--port`))
  } finally {
    other.close()
  }
})

test('refused: a host that is none, or not of this machine', async () => {
  await assertRefused([...served, '--host', '192.0.2.1'], /192\.0\.2\.1 is not an address of this machine/)
  await assertRefused([...served, '--host', '999.1.1.1'], /999\.1\.1\.1 is not an address/)
})

for (const format of ['text', 'json']) {
  test(`refused: a log file that cannot be written, as ${format}`, async () => {
    const asFolder = join(dir, `folder-${format}`)
    mkdirSync(asFolder)
    const inFile = join(dir, `file-${format}`)
    writeFileSync(inFile, '')
    const withFormat = [...served, '--log-format', format, '--log-file']
    await assertRefused([...withFormat, asFolder], /log file .*folder-.* cannot be written/)
    await assertRefused([...withFormat, join(inFile, 'cria.log')], /log file .*file-.* cannot be written/)
  })
}

test('refused: flags of embeddings that contradict each other, and values that they do not have', async () => {
  const sentence = /--reranking and --pooling mean cannot be combined: reranking needs pooling rank/
  await assertRefused([...served, '--reranking', '--pooling', 'mean'], sentence)
  const pooling = /--pooling: "max" is not one of none, mean, cls, last, rank/
  await assertRefused([...served, '--embedding', '--pooling', 'max'], pooling)
  const normalize = /--embd-normalize: -2 is not in \[-1, 1000\]/
  await assertRefused([...served, '--embedding', '--embd-normalize', '-2'], normalize)
})

test('refused: a model that only encodes, unless its vectors are asked for', async () => {
  await assertRefused(
    ['-m', tinyBert('tiny-bert'), '--port', '0'],
    /tiny-bert\.gguf is an encoder and cannot generate text; start with --embedding to serve its vectors/,
  )
})
