import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MarkerWatch } from '../../../../src/engine/sampling/marker-watch.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')

describe('MarkerWatch', () => {
  it('finds a marker over several pieces, and returns the text from it on', () => {
    const watch = new MarkerWatch(['<tool_call>'])
    for (const piece of ['so <', 'tool', '_call']) assert.equal(watch.push(bytes(piece)), undefined)
    assert.equal(watch.push(bytes('>\n{')), '<tool_call>\n{')
  })

  it('finds the first of several markers', () => {
    assert.equal(new MarkerWatch(['b', 'cd']).push(bytes('a cd b')), 'cd b')
  })

  it('finds a marker whose characters are cut into bytes', () => {
    const watch = new MarkerWatch(['｜起'])
    const text = bytes('a｜起z')
    const found = [...text].map((byte) => watch.push(Uint8Array.of(byte)))
    assert.deepEqual(found.slice(0, 6), new Array(6).fill(undefined))
    assert.equal(found[6], '｜起')
  })

  it('finds nothing where it waits for nothing', () => {
    assert.equal(new MarkerWatch([]).push(bytes('abc')), undefined)
  })
})
