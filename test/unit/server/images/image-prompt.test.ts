import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshMarker, mediaMarker, partsOfMarker, partsOfMarks } from '../../../../src/server/images/image-prompt.ts'

const pictures = new Map([
  [12, 'A'],
  [0, 'B'],
])

test('marks stand anywhere and several times', () => {
  assert.deepEqual(partsOfMarks('[img-12]one[img-0][img-12] two[img-0]', pictures, 'prompt'), [
    { image: 'A' },
    { text: 'one' },
    { image: 'B' },
    { image: 'A' },
    { text: ' two' },
    { image: 'B' },
  ])
})

test('pictures without a mark go before the text, in their order', () => {
  assert.deepEqual(partsOfMarks('hello', pictures, 'prompt'), [{ image: 'A' }, { image: 'B' }, { text: 'hello' }])
  assert.deepEqual(partsOfMarks('a [img-0]', pictures, 'prompt'), [{ image: 'A' }, { text: 'a ' }, { image: 'B' }])
  assert.deepEqual(partsOfMarks('', pictures, 'prompt'), [{ image: 'A' }, { image: 'B' }])
})

test('a mark whose picture is not there is refused, what only looks like one is text', () => {
  assert.throws(() => partsOfMarks('[img-7]', pictures, 'prompt'), {
    message: 'Cannot read "prompt": "[img-7]" names no image of "image_data"',
  })
  assert.throws(() => partsOfMarks(`[img-${'9'.repeat(400)}]`, pictures, 'prompt'), /names no image/)
  const text = '[img-] [img-a] [IMG-0] [img- 0] [img-0'
  assert.deepEqual(partsOfMarks(text, new Map(), 'prompt'), [{ text }])
})

test("each of llama-server's markers takes the next picture", () => {
  const prompt = `${mediaMarker}and ${mediaMarker}`
  assert.deepEqual(partsOfMarker(prompt, mediaMarker, ['A', 'B'], 'prompt'), [
    { image: 'A' },
    { text: 'and ' },
    { image: 'B' },
  ])
  assert.throws(() => partsOfMarker(prompt, mediaMarker, ['A'], 'prompt'), /2 marks <__media__> for 1 images/)
})

test('a fresh mark is another one each time', () => {
  assert.notEqual(freshMarker(), freshMarker())
})
