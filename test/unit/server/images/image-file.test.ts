import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { RequestError } from '../../../../src/base/errors.ts'
import { exifOrientation } from '../../../../src/server/images/exif-orientation.ts'
import { readDataUri, readImageData, readMultimodalData } from '../../../../src/server/images/image-data.ts'
import { checkImage } from '../../../../src/server/images/image-file.ts'
import { imageFormat, imageSize } from '../../../../src/server/images/image-format.ts'
import { isWholePng } from '../../../../src/server/images/png-data.ts'
import { isWholeFile } from '../../../../src/server/images/whole-file.ts'
import {
  gradient,
  packBmp,
  packExif,
  packGif,
  packPng,
  pictures,
  pngChunk,
  withExif,
} from '../../../support/pictures.ts'
import { seededRandom } from '../../../support/random.ts'

const limits = { maxBytes: 100_000, maxPixels: 100_000 }
const png = packPng(40, 30, gradient(40, 30))

/** The head of a BMP, without its rows. */
function bmp(width: number, height: number): Buffer {
  const bytes = packBmp(1, 1, Buffer.alloc(3))
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  return bytes
}

/** A GIF whose header need not fit its image. */
function gif(width: number, height: number): Buffer {
  const bytes = packGif(1, 1)
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  return bytes
}

/** A PNG whose header and whose data need not fit. */
function oddPng(width: number, height: number, nRawBytes: number): Buffer {
  const header = packPng(1, 1, Buffer.alloc(3)).subarray(16, 29)
  const changed = Buffer.from(header)
  changed.writeUInt32BE(width, 0)
  changed.writeUInt32BE(height, 4)
  const data = deflateSync(Buffer.alloc(nRawBytes))
  const parts = [pngChunk('IHDR', changed), pngChunk('IDAT', data), pngChunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([png.subarray(0, 8), ...parts])
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof RequestError, String(error))
  assert.equal(error.status, 400)
  return error.message
}

const check = (bytes: Uint8Array) => checkImage(bytes, 'image_data[3]', limits, undefined)

test('the first bytes say what a picture is', () => {
  const latin = (text: string) => Buffer.from(text, 'latin1')
  const heads: [Buffer, string | undefined][] = [
    [png, 'png'],
    [pictures['small JPEG']!, 'jpeg'],
    [gif(1, 1), 'gif'],
    [bmp(1, 1), 'bmp'],
    [latin('RIFF\x10\0\0\0WEBPVP8 '), 'webp'],
    [latin('\0\0\0\x20ftypavif\0\0\0\0'), 'avif'],
    [latin('RIFF\x10\0\0\0WAVEfmt '), undefined],
    [latin('ID3\x03'), undefined],
    [latin('<svg xmlns="http://www.w3.org/2000/svg"/>'), undefined],
    [latin(''), undefined],
  ]
  for (const [bytes, format] of heads) assert.equal(imageFormat(bytes), format, bytes.toString('latin1', 0, 12))
})

test('the size is read off the header of each format', () => {
  assert.deepEqual(imageSize(png, 'png'), { width: 40, height: 30 })
  assert.deepEqual(imageSize(pictures['small JPEG']!, 'jpeg'), { width: 64, height: 64 })
  assert.deepEqual(imageSize(pictures['wide JPEG']!, 'jpeg'), { width: 128, height: 96 })
  assert.deepEqual(imageSize(gif(300, 2), 'gif'), { width: 300, height: 2 })
  assert.deepEqual(imageSize(bmp(17, -5), 'bmp'), { width: 17, height: 5 })
  assert.equal(imageSize(bmp(-17, 5), 'bmp'), undefined)
  assert.equal(imageSize(gif(0, 5), 'gif'), undefined)
})

test('cut off and scrambled files are refused or read, and nothing throws', async () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (const whole of [
    png,
    pictures['wide JPEG']!,
    withExif(pictures['small JPEG']!, packExif(6, 'II')),
    packPng(4, 4, gradient(4, 4), packExif(8)),
    packGif(9, 9),
    packBmp(5, 2, gradient(5, 2)),
  ]) {
    for (let i = 0; i < 200; i++) {
      const bytes = Buffer.from(whole.subarray(0, Math.floor(random() * (whole.length + 1))))
      for (let n = Math.floor(random() * 8); n > 0 && bytes.length > 4; n--) {
        bytes[4 + Math.floor(random() * (bytes.length - 4))] = Math.floor(random() * 256)
      }
      await check(bytes).catch((error: unknown) => assert.ok(error instanceof RequestError, String(error)))
    }
  }
})

test('a picture passes with its size and hash', async () => {
  const { width, height, sha256 } = await check(png)
  assert.deepEqual([width, height], [40, 30])
  assert.equal(sha256, createHash('sha256').update(png).digest('hex'))
})

test('more pixels than allowed are refused by the header, before anything is unpacked', async () => {
  const message = await refusal(check(oddPng(60_000, 60_000, 10)))
  assert.equal(
    message,
    'Cannot read "image_data[3]": the image has 60000 × 60000 pixels, more than 100000 (--image-max-pixels)',
  )
  assert.match(await refusal(check(gif(65_535, 65_535))), /65535 × 65535 pixels/)
  assert.match(await refusal(check(bmp(2 ** 30, -(2 ** 30)))), /pixels, more than/)
})

test('a PNG that unpacks to more than its size is refused', async () => {
  const bomb = oddPng(10, 10, 50_000_000)
  assert.ok(bomb.length < limits.maxBytes)
  assert.equal(await isWholePng(bomb), false)
  assert.equal(await refusal(check(bomb)), 'Cannot read "image_data[3]": the image is a broken PNG, or cut off')
})

test('a PNG with 16 bits a sample and one with alpha have room to unpack', async () => {
  for (const [depth, type, bytesPerPixel] of [
    [16, 6, 8],
    [8, 6, 4],
    [8, 0, 1],
  ] as const) {
    const bytes = oddPng(20, 10, (20 * bytesPerPixel + 1) * 10)
    bytes.set([depth, type], 24)
    assert.equal(await isWholePng(bytes), true, `${depth} bits, colour type ${type}`)
  }
})

test('a PNG that ends early, has no data, or data that is no zlib stream is refused', async () => {
  assert.match(await refusal(check(png.subarray(0, 20))), /broken PNG/)
  assert.match(await refusal(check(png.subarray(0, png.length - 20))), /broken PNG, or cut off/)
  const header = png.subarray(0, 33)
  const end = pngChunk('IEND', Buffer.alloc(0))
  assert.match(await refusal(check(Buffer.concat([header, end]))), /broken PNG, or cut off/)
  const junk = pngChunk('IDAT', Buffer.from('not zlib'))
  assert.match(await refusal(check(Buffer.concat([header, junk, end]))), /broken PNG, or cut off/)
})

test('WebP and AVIF are converted where a converter is, and refused with what they need where none is', async () => {
  const webp = Buffer.from('RIFF\x08\0\0\0WEBPVP8 ', 'latin1')
  assert.match(await refusal(check(webp)), /is WEBP, which needs the npm package sharp/)
  const converted = await checkImage(webp, 'x', limits, async () => png)
  assert.deepEqual([converted.width, converted.height, converted.bytes], [40, 30, png])
  const failing = checkImage(webp, 'x', limits, async () => Promise.reject(new Error('no')))
  assert.match(await refusal(failing), /broken WEBP/)
})

test('every format that is cut off is refused, wherever it is cut', async () => {
  const avif = Buffer.from('\0\0\0\x14ftypavif\0\0\0\0avif\0\0\0\x0cmdat1234', 'latin1')
  const whole: [string, Buffer][] = [
    ['JPEG', pictures['wide JPEG']!],
    ['JPEG', withExif(pictures['small JPEG']!, packExif(6))],
    ['GIF', packGif(20, 20)],
    ['BMP', packBmp(31, 7, gradient(31, 7))],
    ['WEBP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 \x04\0\0\x001234', 'latin1')],
    ['AVIF', avif],
  ]
  for (const [format, bytes] of whole) {
    const given = (part: Uint8Array) => checkImage(part, 'x', limits, async () => png)
    await given(bytes)
    await given(Buffer.concat([bytes, format === 'AVIF' ? Buffer.alloc(0) : Buffer.from('more')]))
    // a BMP's last row is filled up to four bytes, which nobody needs
    const last = format === 'BMP' ? bytes.length - 4 : bytes.length - 1
    for (let end = last; end > 40; end -= Math.ceil(bytes.length / 97)) {
      assert.match(await refusal(given(bytes.subarray(0, end))), /broken|cut off/, `${format} of ${end} bytes`)
    }
  }
})

test('a JPEG whose thumbnail is whole and that is cut off itself is refused', async () => {
  const thumbnail = Buffer.concat([packExif(1), pictures['small JPEG']!])
  const outer = withExif(pictures['wide JPEG']!, thumbnail)
  assert.equal(await isWholeFile(outer, 'jpeg'), true)
  assert.equal(await isWholeFile(outer.subarray(0, outer.length - 10), 'jpeg'), false)
})

test('exifOrientation() reads JPEG and PNG, in both byte orders', () => {
  for (const order of ['II', 'MM'] as const) {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const exif = packExif(orientation, order)
      assert.equal(exifOrientation(withExif(pictures['small JPEG']!, exif), 'jpeg'), orientation)
      assert.equal(exifOrientation(packPng(2, 2, gradient(2, 2), exif), 'png'), orientation)
    }
  }
})

test('exifOrientation() is 1 where there is none, and where it is not one of eight', () => {
  const jpeg = pictures['small JPEG']!
  const odd = [packExif(0), packExif(9), packExif(6).subarray(0, 12), Buffer.from('MM'), Buffer.alloc(0)]
  for (const exif of odd) assert.equal(exifOrientation(withExif(jpeg, exif), 'jpeg'), 1)
  for (const bytes of [jpeg, png]) assert.equal(exifOrientation(bytes, bytes === png ? 'png' : 'jpeg'), 1)
  const xmp = Buffer.concat([Buffer.of(0xff, 0xe1, 0, 12), Buffer.from('http://ns.')])
  const turned = withExif(jpeg, packExif(6))
  assert.equal(exifOrientation(Buffer.concat([turned.subarray(0, 2), xmp, turned.subarray(2)]), 'jpeg'), 6)
  const afterwards = Buffer.concat([jpeg, turned.subarray(2)])
  assert.equal(exifOrientation(afterwards, 'jpeg'), 1, 'what follows the picture is another one')
})

test('a picture that lies on its side has the size in which it is shown', async () => {
  for (const [orientation, size] of [
    [3, [40, 30]],
    [6, [30, 40]],
  ] as const) {
    const picture = await check(packPng(40, 30, gradient(40, 30), packExif(orientation)))
    assert.deepEqual([picture.width, picture.height], size)
    assert.equal(picture.orientation, orientation)
  }
})

test('image_data is read with ids, data URIs and places as ids', async () => {
  const data = png.toString('base64')
  const read = await readImageData(
    [{ data, id: 12 }, { data: `data:image/png;base64,${data}` }, { data, id: 0 }],
    limits,
  )
  assert.deepEqual([...read.keys()], [12, 1, 0])
  assert.deepEqual(read.get(1)!.bytes, png)
})

test('image_data that is wrong is refused by the name of the picture', async () => {
  const good = png.toString('base64')
  const cases: [unknown, RegExp][] = [
    ['x', /"image_data": "x" is not an array/],
    [[{ data: good }, 7], /"image_data\[1\]": 7 is not an object/],
    [[{ data: 7 }], /"image_data\[0\]\.data": 7 is not an image in base64/],
    [[{}], /"image_data\[0\]\.data"/],
    [[{ data: '' }], /"image_data\[0\]\.data": "" is empty/],
    [[{ data: 'a*b=' }], /"image_data\[0\]\.data": "a\*b=" is not base64/],
    [[{ data: `${good.slice(0, -4)}\n` }], /is not base64/],
    [[{ data: 'AAAAA' }], /is not base64/],
    [[{ data: 'AAA=AAA=' }], /is not base64/],
    [[{ data: 'AAAA' }], /"image_data\[0\]": the image is not a PNG, JPEG/],
    [[{ data: 'A'.repeat(200_000) }], /more than 100000 bytes/],
    [[{ data: good, id: -1 }], /"image_data\[0\]\.id": -1 is not an integer/],
    [[{ data: good, id: '1' }], /"image_data\[0\]\.id": "1"/],
    [[{ data: good, id: 1 }, { data: good }], /"image_data\[1\]\.id": 1 is also the id of another/],
    [[{ data: good, url: 'x' }], /"image_data\[0\]\.url"/],
    [[{ data: 'data:image/png,abc' }], /without ";base64,"/],
  ]
  for (const [value, pattern] of cases) assert.match(await refusal(readImageData(value, limits)), pattern)
})

test('multimodal_data is an array of base64', async () => {
  const read = await readMultimodalData([png.toString('base64')], 'prompt.multimodal_data', limits)
  assert.equal(read[0]!.width, 40)
  const wrong = readMultimodalData([7], 'prompt.multimodal_data', limits)
  assert.match(await refusal(wrong), /"prompt\.multimodal_data\[0\]": 7/)
})

test('many pictures, and many pixels together, are refused by the name of the one too many', async () => {
  const colours = Array.from({ length: 65 }, (_, i) => packPng(1, 1, Uint8Array.of(i, 0, 0)).toString('base64'))
  const asData = (list: readonly string[]) => list.map((data) => ({ data }))
  assert.equal((await readImageData(asData(colours.slice(0, 64)), limits)).size, 64)
  assert.match(await refusal(readImageData(asData(colours), limits)), /"image_data\[64\]": .* exceeds the limit of 64/)
  const same = Array.from({ length: 100 }, () => colours[0]!)
  assert.equal((await readImageData(asData(same), limits)).size, 100)
  const large = Array.from({ length: 5 }, (_, i) =>
    packPng(300, 300, new Uint8Array(270_000).fill(i)).toString('base64'),
  )
  assert.equal((await readMultimodalData(large.slice(0, 4), 'x', limits)).length, 4)
  assert.match(await refusal(readMultimodalData(large, 'x', limits)), /"x\[4\]": .* makes 450000 pixels in all/)
})

test('a data URI may name any type: the bytes count', async () => {
  const read = await readDataUri(`data:text/html;charset=utf-8;base64,${png.toString('base64')}`, 'x', limits)
  assert.equal(read.height, 30)
})
