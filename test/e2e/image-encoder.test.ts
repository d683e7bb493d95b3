// The image encoder as the server talks to it: its rows, its cache, cancelling, and what it does when it dies.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { RequestError, StartError } from '../../src/base/errors.ts'
import { turnedPixels } from '../../src/image-encoder/turned-pixels.ts'
import { Model } from '../../src/llama/model.ts'
import { Bitmap } from '../../src/llama/mtmd/bitmap.ts'
import { Projector } from '../../src/llama/mtmd/projector.ts'
import type {
  EncodedImage,
  ImagePrompt,
  ImagePromptPart,
  Orientation,
  PromptChunk,
} from '../../src/protocol/image-encoder.ts'
import { type EncodeProgress, ImageEncoderClient } from '../../src/server/image-encoder-client/client.ts'
import { testVisionLibrary } from '../support/libmtmd.ts'
import { gradient, packExif, packPng, pictures } from '../support/pictures.ts'
import { smollm2Projector, visionPair } from '../support/vision-models.ts'

const library = await testVisionLibrary()
const path = 'path' in library ? library.path : ''
const skip = 'missing' in library ? library.missing : false
const pair = visionPair('idefics3')
const options = { modelPath: pair.model, library: path, nThreads: 2, useGpu: false, cacheBytes: 1_000_000 }
const clients: ImageEncoderClient[] = []
after(() => {
  for (const client of clients) client.stop()
})

function start(changes: object = {}): ImageEncoderClient {
  const client = new ImageEncoderClient({ ...options, mmprojPath: pair.mmproj, ...changes }, () => {})
  clients.push(client)
  return client
}

function picture(name: string, bytes = pictures[name]!, orientation: Orientation = 1): ImagePromptPart {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { image: { bytes, name: 'image_data[0]', sha256, orientation } }
}

function prompt(...parts: ImagePromptPart[]): ImagePrompt {
  return { parts, addSpecial: true, maxTokens: 2048 }
}

const look = prompt({ text: 'Look: ' }, picture('wide PNG'), { text: ' well?' })
const imagesOf = (chunks: readonly PromptChunk[]) =>
  chunks.filter((chunk): chunk is EncodedImage => chunk.kind === 'image')

test('the rows are those that libmtmd computes in this process', { skip }, async () => {
  const chunks = imagesOf(await start().encode(look))
  const model = Model.loadShape(pair.model)
  const projector = Projector.load(pair.mmproj, model, { library: path, nThreads: 2, useGpu: false })
  const bitmap = Bitmap.decode(projector, pictures['wide PNG']!)!
  const here = projector.tokenize([{ bitmap }], true)!
  const images = here.list.flatMap((chunk) => (chunk.kind === 'image' ? [chunk] : []))
  assert.ok(images.length > 1, 'the picture is cut into tiles')
  assert.equal(chunks.length, images.length)
  images.forEach((image, i) => {
    assert.deepEqual(chunks[i]!.embeddings, projector.encode(image))
  })
  assert.equal(new Set(chunks.map(({ key }) => key)).size, images.length)
  here.free()
  bitmap.free()
  projector.free()
  model.free()
})

test('a picture is seen as its orientation shows it', { skip }, async () => {
  const [width, height] = [96, 64]
  const stored = { width, height, rgb: gradient(width, height) }
  const client = start()
  const rowsOf = async (part: ImagePromptPart) =>
    imagesOf(await client.encode(prompt(part))).map(({ embeddings }) => embeddings)
  const seen = new Set<string>()
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
    const shown = turnedPixels(stored, orientation)
    const upright = await rowsOf(picture('', packPng(shown.width, shown.height, shown.rgb)))
    const turned = packPng(width, height, stored.rgb, packExif(orientation))
    assert.deepEqual(await rowsOf(picture('', turned, orientation)), upright, `orientation ${orientation}`)
    seen.add(JSON.stringify([...upright[0]!.slice(0, 8)]))
  }
  assert.equal(seen.size, 8, 'the model tells them apart')
})

test('a picture is encoded once: the second time there is no progress to tell, and the rows are the same', {
  skip,
}, async () => {
  const client = start()
  const progress: EncodeProgress[] = []
  const ask = () => client.encode(look, { onProgress: (step) => progress.push(step) })
  const first = await ask()
  const nTotal = imagesOf(first).length
  assert.deepEqual(
    progress,
    Array.from({ length: nTotal }, (_, nDone) => ({ nDone, nTotal })),
  )
  assert.deepEqual(await ask(), first)
  assert.equal(progress.length, nTotal)
})

test('without room nothing is kept', { skip }, async () => {
  const client = start({ cacheBytes: 0 })
  let n = 0
  const ask = () => client.encode(look, { onProgress: () => n++ })
  const nImages = imagesOf(await ask()).length
  await ask()
  assert.equal(n, 2 * nImages)
})

test('a prompt is cancelled while it is encoded, and the others go on', { skip }, async () => {
  const client = start({ cacheBytes: 0 })
  const leaving = new AbortController()
  const cancelled = client.encode(look, {
    signal: leaving.signal,
    onProgress: ({ nDone }) => nDone === 1 && leaving.abort(new Error('left')),
  })
  const other = client.encode(prompt(picture('small PNG')))
  await assert.rejects(cancelled, /left/)
  assert.ok((await other).length > 0)
})

test('a picture that cannot be decoded is named, and the process lives', { skip }, async () => {
  const client = start()
  await client.ready()
  const { pid } = client
  const half = pictures['wide PNG']!.subarray(0, 200)
  await assert.rejects(client.encode(prompt(picture('half', half))), (error) => {
    assert.ok(error instanceof RequestError && error.status === 400, String(error))
    assert.equal(error.message, 'Cannot read "image_data[0]": the image is broken, or of a kind that cannot be decoded')
    return true
  })
  await client.encode(look)
  assert.equal(client.pid, pid)
})

test('a prompt that is too long with its images is refused before anything is encoded', { skip }, async () => {
  const client = start()
  let n = 0
  const nTokens = (await client.encode(look)).reduce((sum, chunk) => {
    return sum + (chunk.kind === 'text' ? chunk.tokens.length : chunk.nTokens)
  }, 0)
  assert.ok((await client.encode({ ...look, maxTokens: nTokens })).length > 0)
  const other = prompt({ text: 'Look: ' }, picture('tall PNG'))
  await assert.rejects(client.encode({ ...other, maxTokens: 20 }, { onProgress: () => n++ }), (error) => {
    assert.ok(error instanceof RequestError && error.kind === 'exceed_context_size', String(error))
    assert.match(error.message, /the prompt has \d+ tokens with its images, a slot holds 20; try a larger -c$/)
    return true
  })
  assert.equal(n, 0)
})

test('pictures of absurd shape and noise are read or refused, and the process lives', { skip }, async () => {
  const client = start({ cacheBytes: 0 })
  await client.ready()
  const { pid } = client
  const shapes = [
    [1, 1],
    [5000, 1],
    [1, 5000],
    [2, 3],
    [7, 701],
  ] as const
  for (const [width, height] of shapes) {
    const bytes = packPng(width, height, gradient(width, height))
    await client.encode(prompt(picture('absurd', bytes))).catch((error: unknown) => {
      assert.ok(error instanceof RequestError && error.status === 400, String(error))
    })
  }
  const jpeg = Buffer.from(pictures['wide JPEG']!)
  for (let i = 0; i < jpeg.length; i += 20) {
    const bytes = Buffer.from(jpeg)
    bytes[i] = bytes[i]! ^ 0x55
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) continue // the first bytes are looked at before
    await client.encode({ ...prompt(picture('noise', bytes)), maxTokens: 1 }).catch((error: unknown) => {
      assert.ok(error instanceof RequestError && error.status === 400, String(error))
    })
  }
  assert.equal(client.pid, pid)
})

test('when the process dies its prompts end with an error, and the next one starts it anew', { skip }, async () => {
  const client = start({ cacheBytes: 0 })
  await client.ready()
  const dying = client.encode(look, {
    onProgress: () => process.kill(client.pid!, 'SIGKILL'),
  })
  await assert.rejects(dying, (error) => error instanceof RequestError && error.status === 500)
  assert.ok((await client.encode(look)).length > 0)
})

test('a projector that does not fit is a sentence at start', { skip }, async () => {
  await assert.rejects(start({ mmprojPath: smollm2Projector() }).ready(), (error) => {
    return error instanceof StartError && /mismatch between text model/.test(error.message)
  })
})
