// Vocabularies of the tiny models.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Model } from '../../../src/llama/model.ts'
import { seededRandom } from '../../support/random.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const seed = Math.floor(Math.random() * 2 ** 31)
console.log(`seed ${seed}`)

const pieces = [
  '<s>',
  '</s>',
  '<unk>',
  '<|im_start|>',
  '<|im_end|>',
  '<',
  '>',
  '<|',
  ' ',
  '\n',
  'user',
  'é',
  '😄',
  'the end',
]

for (const name of ['tiny-llama', 'tiny-chat', 'tiny-gpt4o', 'tiny-fim'] as const) {
  test(`tokenizeLong() has the tokens that libllama finds in the whole: ${name}`, () => {
    const random = seededRandom(seed)
    const { vocab } = Model.loadVocabulary(tinyModel(name))
    for (let run = 0; run < 200; run++) {
      const n = Math.floor(random() * 20)
      const text = Array.from({ length: n }, () => pieces[Math.floor(random() * pieces.length)]).join('')
      const [addSpecial, parseSpecial] = [run % 2 === 0, run % 4 < 2]
      const whole = vocab.tokenize(text, addSpecial, parseSpecial)
      assert.deepEqual(vocab.tokenizeLong(text, addSpecial, parseSpecial), whole, JSON.stringify(text))
    }
  })
}
