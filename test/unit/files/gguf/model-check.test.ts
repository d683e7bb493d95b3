import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../../../../src/base/errors.ts'
import { checkModelFile, checkModelVocabulary } from '../../../../src/files/gguf/model-check.ts'
import { type GgufValue, packGguf } from '../../../support/gguf-writer.ts'
import { TINY_MODEL_NAMES, tinyModel } from '../../../support/tiny-models.ts'

const dir = mkdtempSync(join(tmpdir(), 'model-check-'))
after(() => rmSync(dir, { recursive: true }))

function written(bytes: Uint8Array): string {
  const path = join(dir, 'model.gguf')
  writeFileSync(path, bytes)
  return path
}

function model(kind: string, tokens: GgufValue): string {
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['general.tags', { type: 'strings', value: ['a', 'a'] }],
    ['tokenizer.ggml.model', { type: 'string', value: kind }],
    ['tokenizer.ggml.tokens', tokens],
  ])
  return written(packGguf(metadata, []))
}

function assertRefused(check: () => void, sentence: RegExp): void {
  assert.throws(check, (error) => error instanceof StartError && sentence.test(error.message), String(sentence))
}

const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`)
const strings = (...value: string[]): GgufValue => ({ type: 'strings', value })

test('models that libllama takes pass', () => {
  for (const name of TINY_MODEL_NAMES) {
    checkModelFile(tinyModel(name))
    checkModelVocabulary(tinyModel(name))
  }
  checkModelVocabulary(model('gpt2', strings('a', 'b', 'é')))
  checkModelVocabulary(model('llama', strings('<unk>', ...bytes, '', '')))
  checkModelVocabulary(model('no-such-tokenizer', { type: 'int32s', value: [1, 1] })) // libllama refuses it itself
})

test('a file that is not there, is a folder, or is no GGUF is named', () => {
  assertRefused(() => checkModelFile(join(dir, 'none.gguf')), /there is no model file .*none\.gguf/)
  assertRefused(() => checkModelFile(dir), /is not a file/)
  for (const text of ['', 'GG', 'GGML and more']) {
    assertRefused(() => checkModelFile(written(Buffer.from(text))), /is not a GGUF model/)
  }
})

test('a token that is twice in the vocabulary is named with both ids', () => {
  const twice = model('gpt2', strings('a', 'é', 'b', 'é'))
  assertRefused(
    () => checkModelVocabulary(twice),
    /cannot be loaded: its vocabulary has the token "é" twice, as 1 and as 3/,
  )
  assertRefused(() => checkModelVocabulary(model('gpt2', strings('[EMPTY_1]', ''))), /"\[EMPTY_1\]" twice/)
})

test('a vocabulary of pieces without a token for some byte is refused: another text would end the program', () => {
  const missing = model('llama', strings('<unk>', ...bytes.filter((token) => token !== '<0x7F>')))
  assertRefused(() => checkModelVocabulary(missing), /no token <0x7F> for a byte/)
})

test('a header that is cut off, or claims more than there is, is refused', () => {
  const whole = packGguf(new Map([['tokenizer.ggml.tokens', strings('a', 'b', 'c')]]), [])
  for (const length of [5, 12, 30, 50, 70]) {
    assertRefused(() => checkModelVocabulary(written(whole.subarray(0, length))), /cannot be loaded: /)
  }
  const claims = Buffer.from(whole)
  claims.writeUInt32LE(2 ** 31, claims.indexOf('tokenizer.ggml.tokens') + 21 + 4 + 4)
  assertRefused(() => checkModelVocabulary(written(claims)), /too short for a list/)
})
