// Pictures through libmtmd and libllama by FFI, compared with what llama-server of the same release answered.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../../src/base/errors.ts'
import { Model } from '../../src/llama/model.ts'
import { Bitmap } from '../../src/llama/mtmd/bitmap.ts'
import { Projector } from '../../src/llama/mtmd/projector.ts'
import { testVisionLibrary } from '../support/libmtmd.ts'
import { gradient, packPng, pictures } from '../support/pictures.ts'
import { smollm2 } from '../support/smollm2.ts'
import { smollm2Projector, VISION_PAIR_NAMES, visionPair } from '../support/vision-models.ts'
import { VisionRun } from '../support/vision-run.ts'

type Answer = {
  readonly prompt: string
  readonly pictures: readonly string[]
  readonly nPromptTokens: number
  readonly tokens: readonly number[]
}
type Pair = { readonly modelSha256: string; readonly mmprojSha256: string; readonly answers: readonly Answer[] }

const recorded: {
  /** The engine package and its kernels. */
  readonly engine: string
  readonly marker: string
  readonly request: { readonly n_predict: number }
  readonly pairs: Record<string, Pair>
} = JSON.parse(readFileSync(new URL('recorded/vision.json', import.meta.url), 'utf8'))

const library = await testVisionLibrary()
const path = 'path' in library ? library.path : ''
const skip = 'missing' in library ? library.missing : false
const dir = mkdtempSync(join(tmpdir(), 'vision-'))
after(() => rmSync(dir, { recursive: true }))
const projectorOptions = { library: path, nThreads: 2, useGpu: false }

for (const name of VISION_PAIR_NAMES) {
  test(`${name} says the same about pictures as llama-server`, { skip }, () => {
    const { model, mmproj } = visionPair(name)
    eachAnswer(name, model, mmproj, (run, answer, files, what) => {
      const got = run.answer(answer.prompt, recorded.marker, files, recorded.request.n_predict)
      assert.equal(got.nPrompt, answer.nPromptTokens, what)
      assert.deepEqual(got.tokens, answer.tokens, what)
    })
  })
}

/**
 * Q4_1 with 8-bit activations is rounded otherwise by other kernels than those that were recorded: measured on `zen4`, 3 of 168
 * tokens were not the likeliest ones, and behind them by at most 0.15. See peer-answers.test.ts for texts alone.
 */
const tieMargin = 0.35
const maxTies = 10

const forSmollm2 =
  process.arch === 'x64' && process.platform === 'linux' ? { skip } : { skip: 'recorded on Linux, x64' }
test('smollm2 says the same about pictures as llama-server, but for ties on other kernels', forSmollm2, async (t) => {
  const behind: number[] = []
  eachAnswer('smollm2', await smollm2(), smollm2Projector(), (run, { prompt, tokens, nPromptTokens }, files, what) => {
    const followed = run.follow(prompt, recorded.marker, files, tokens)
    assert.equal(followed.nPrompt, nPromptTokens, what)
    behind.push(...followed.behind)
  })
  const ties = behind.filter((logit) => logit > 0)
  t.diagnostic(`${ties.length} ties of ${behind.length} tokens, at most ${Math.max(0, ...ties).toFixed(2)}`)
  const isSameBuild = readFileSync('/proc/self/maps', 'utf8').includes(recorded.engine.split(' ').at(-1)!)
  assert.ok(ties.length <= (isSameBuild ? 0 : maxTies), `${ties.length} tokens are not the likeliest`)
  for (const logit of ties) assert.ok(logit <= tieMargin, `a token is behind by ${logit}`)
})

/** Runs through the recorded answers of a pair. */
function eachAnswer(
  name: string,
  model: string,
  mmproj: string,
  check: (run: VisionRun, answer: Answer, files: readonly Uint8Array[], what: string) => void,
): void {
  const pair = recorded.pairs[name]!
  assert.equal(sha256(model), pair.modelSha256, 'another text model than the answers were recorded with')
  assert.equal(sha256(mmproj), pair.mmprojSha256, 'another projector than the answers were recorded with')
  const run = new VisionRun(model, mmproj, path)
  try {
    for (const answer of pair.answers) {
      const files = answer.pictures.map((picture) => pictures[picture]!)
      check(run, answer, files, `${answer.pictures.join(', ')}: ${answer.prompt}`)
    }
  } finally {
    run.free()
  }
}

test('an image that is decoded in pieces says the same', { skip }, () => {
  for (const name of ['mlp', 'qwen2vl'] as const) {
    const { model, mmproj } = visionPair(name)
    const run = new VisionRun(model, mmproj, path)
    run.pieceSize = 7
    const { prompt, pictures: names, tokens } = recorded.pairs[name]!.answers[1]!
    const files = names.map((picture) => pictures[picture]!)
    assert.deepEqual(run.answer(prompt, recorded.marker, files, tokens.length).tokens, tokens, name)
    run.free()
  }
})

test('two pictures give other tokens: the comparison above can fail', { skip }, () => {
  const { answers } = recorded.pairs.mlp!
  assert.notDeepEqual(answers[1]!.tokens, answers[2]!.tokens)
})

test('rows of an M-RoPE image have a time, a row and a column, and what follows comes after the longer side', {
  skip,
}, () => {
  withProjector('qwen2vl', (projector) => {
    const bitmap = Bitmap.decode(projector, packPng(64, 48, gradient(64, 48)))!
    const chunks = projector.tokenize([{ bitmap }], false)!
    const image = chunks.list.find((chunk) => chunk.kind === 'image')!
    assert.deepEqual([image.nTokens, image.nPos], [12, 4]) // 4 columns, 3 rows
    const { atZero, slope } = image.positions!
    const component = (i: number) => Array.from(atZero.subarray(i * 12, (i + 1) * 12))
    assert.deepEqual(component(0), new Array(12).fill(0))
    assert.deepEqual(component(1), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    assert.deepEqual(component(2), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
    assert.deepEqual(component(3), new Array(12).fill(0))
    assert.deepEqual(Array.from(slope), [...new Array(36).fill(1), ...new Array(12).fill(0)])
    chunks.free()
    bitmap.free()
  })
})

test('text with the mark of libmtmd, with NUL and with emoji in it is text', { skip }, () => {
  withProjector('mlp', (projector, model) => {
    for (const text of ['a <__media__> b', 'x\u0000y', 'wave 🌊 é', '']) {
      const chunks = projector.tokenize([{ text, parseSpecial: true }], true)!
      const tokens = chunks.list.flatMap((chunk) => (chunk.kind === 'text' ? chunk.tokens : []))
      assert.deepEqual(tokens, model.vocab.tokenize(text, true, true), text)
      chunks.free()
    }
  })
})

test('a picture that is cut off is no bitmap, and the next one is', { skip }, () => {
  withProjector('mlp', (projector) => {
    const png = pictures['wide PNG']!
    assert.equal(Bitmap.decode(projector, png.subarray(0, png.length / 2)), undefined)
    const bitmap = Bitmap.decode(projector, png)!
    assert.deepEqual([bitmap.width, bitmap.height], [128, 96])
    bitmap.free()
  })
})

test('a projector that is missing, cut off, foreign or too wide is refused in a sentence', { skip }, () => {
  const { model: modelPath, mmproj } = visionPair('mlp')
  const model = Model.loadShape(modelPath)
  const refused = (file: string, pattern: RegExp) => {
    assert.throws(
      () => Projector.load(file, model, projectorOptions),
      (error) => error instanceof StartError && pattern.test(error.message),
      file,
    )
  }
  const made = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(dir, name), bytes)
    return join(dir, name)
  }
  refused(join(dir, 'none.gguf'), /there is no projector file .*none\.gguf/)
  refused(dir, /is not a file/)
  refused(made('junk.gguf', Buffer.from('what is this?')), /is not a GGUF projector/)
  refused(made('empty.gguf', Buffer.alloc(0)), /is not a GGUF projector/)
  refused(modelPath, /cannot be used/)
  refused(smollm2Projector(), /mismatch between text model \(n_embd = 64\) and mmproj \(n_embd = 576\)/)
  const whole = readFileSync(mmproj)
  for (const part of [0.001, 0.01, 0.5, 0.999]) {
    const file = made('cut.gguf', whole)
    truncateSync(file, Math.floor(whole.length * part))
    refused(file, /cannot be used/)
  }
  model.free()
})

function withProjector(name: 'mlp' | 'qwen2vl', work: (projector: Projector, model: Model) => void): void {
  const pair = visionPair(name)
  const model = Model.loadShape(pair.model)
  const projector = Projector.load(pair.mmproj, model, projectorOptions)
  try {
    work(projector, model)
  } finally {
    projector.free()
    model.free()
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
