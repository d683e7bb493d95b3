import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Work, WorkTurns } from '../../../../src/engine/scheduler/work-turns.ts'

type Kind = 'decode' | 'prefill' | 'embed'

/** What is computed while this waits all the time; `any` step takes what the scheduler of generations would. */
function turns(work: Work, n: number, canPrefill = work.prefills): string {
  const turns = new WorkTurns()
  let lastGeneration: Kind = 'prefill'
  const done: Kind[] = []
  for (let i = 0; i < n; i++) {
    const next = turns.next(work)
    const kind: Kind =
      next === 'embed'
        ? 'embed'
        : work.decodes && (next === 'decode' || !canPrefill || lastGeneration === 'prefill')
          ? 'decode'
          : 'prefill'
    if (kind !== 'embed') lastGeneration = kind
    const isNothing = kind === 'prefill' && !canPrefill
    turns.did(isNothing ? undefined : kind)
    if (!isNothing) done.push(kind)
  }
  return done.map((kind) => kind[0]).join('')
}

test('embeddings alone have all turns', () => {
  assert.equal(turns({ decodes: false, prefills: false, embeds: true }, 4), 'eeee')
})

test('beside streams: a token of each, then one piece of embeddings', () => {
  assert.equal(turns({ decodes: true, prefills: false, embeds: true }, 6), 'dedede')
})

test('beside streams and prompts: between two tokens one piece, of a prompt or of embeddings in turn', () => {
  assert.equal(turns({ decodes: true, prefills: true, embeds: true }, 9), 'dedpdedpd')
})

test('beside prompts alone: in turn', () => {
  assert.equal(turns({ decodes: false, prefills: true, embeds: true }, 6), 'epepep')
})

test('a prompt that waits for a slot does not hold embeddings up', () => {
  assert.match(turns({ decodes: true, prefills: true, embeds: true }, 12, false), /^(d+e)+d*$/)
  assert.match(turns({ decodes: false, prefills: true, embeds: true }, 12, false), /^e{6,}$/)
})
