import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMetrics, quantile } from '../../../web/src/api/metrics.ts'
import { splitThoughts } from '../../../web/src/conversation/thoughts.ts'
import { newestLeaf, pathTo, subtree } from '../../../web/src/conversation/tree.ts'
import type { Message } from '../../../web/src/conversation/types.ts'
import { GrowingBlocks } from '../../../web/src/markdown/blocks.ts'
import { de } from '../../../web/src/words/de.ts'
import { en } from '../../../web/src/words/en.ts'
import { seededRandom } from '../../support/random.ts'

const parts = [
  '# Head\n\n',
  'word ',
  '**bold** ',
  '\n',
  '\n\n',
  '- item\n',
  '1. one\n',
  '```js\ncode\n',
  '```\n',
  '| a | b |\n|--|--|\n| 1 | 2 |\n',
  '> quote\n',
  '$$\nx\n$$\n',
  '    indented\n',
  '<div>\n',
  '---\n',
]

const withoutBlanks = (text: string) => text.replaceAll(/\s/g, '')

test('a text that grows by pieces always consists of its blocks, and closed blocks never change', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9)
  console.log(`growing blocks: seed ${seed}`)
  const random = seededRandom(seed)
  for (let run = 0; run < 40; run++) {
    const blocks = new GrowingBlocks()
    let text = ''
    let before: readonly string[] = []
    for (let i = 0; i < 40; i++) {
      text += parts[Math.floor(random() * parts.length)]!
      const now = blocks.read(text)
      assert.equal(withoutBlanks(now.join('')), withoutBlanks(text))
      const closed = before.slice(0, -1)
      assert.deepEqual(now.slice(0, closed.length), closed)
      before = now
    }
  }
})

test('a text that is replaced is read anew', () => {
  const blocks = new GrowingBlocks()
  blocks.read('one\n\ntwo')
  assert.deepEqual(blocks.read('three'), ['three'])
})

test('thoughts are split from the answer while they come in', () => {
  assert.deepEqual(splitThoughts('<thi'), { thoughts: '', answer: '', isThinking: true })
  assert.deepEqual(splitThoughts('\n<think>\nso far'), { thoughts: 'so far', answer: '', isThinking: true })
  assert.deepEqual(splitThoughts('<think>a</think>\n\nb'), { thoughts: 'a', answer: 'b', isThinking: false })
  assert.deepEqual(splitThoughts('opened by the template</think>b'), {
    thoughts: 'opened by the template',
    answer: 'b',
    isThinking: false,
  })
  assert.deepEqual(splitThoughts('no thoughts'), { thoughts: '', answer: 'no thoughts', isThinking: false })
})

test('a conversation is the way to its leaf; a version brings what followed it last', () => {
  const message = (id: string, parentId: string | null, createdAt: number) =>
    [id, { id, parentId, createdAt } as Message] as const
  const messages = new Map([
    message('q', null, 1),
    message('a1', 'q', 2),
    message('a2', 'q', 3),
    message('q2', 'a1', 4),
    message('b', 'q2', 5),
  ])
  const ids = (leaf: string) => pathTo(leaf, messages).map(({ id }) => id)
  assert.deepEqual(ids('b'), ['q', 'a1', 'q2', 'b'])
  assert.equal(newestLeaf('a1', messages), 'b')
  assert.equal(newestLeaf('q', messages), 'a2')
  assert.deepEqual(subtree('a1', messages), ['a1', 'q2', 'b'])
})

test('metrics are read from Prometheus’ text, and a quantile is of what came since an earlier reading', () => {
  const text = (a: number, b: number, c: number) =>
    `# HELP x y\nllamacpp:tokens_total{slot="0"} 3\nllamacpp:tokens_total{slot="1"} 4\nt_bucket{le="0.1"} ${a}\nt_bucket{le="1"} ${b}\nt_bucket{le="+Inf"} ${c}\n`
  const first = parseMetrics(text(10, 10, 10))
  assert.equal(first.values.get('llamacpp:tokens_total'), 7)
  const before = first.histograms.get('t')!
  const now = parseMetrics(text(10, 14, 14)).histograms.get('t')!
  assert.equal(quantile(0.5, now, before), 0.1 + 0.9 * 0.5)
  assert.equal(quantile(0.5, before, before), undefined)
})

test('both languages fill in the same values', () => {
  const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort().join()
  for (const key of Object.keys(en) as (keyof typeof en)[]) assert.equal(names(de[key]), names(en[key]), key)
})
