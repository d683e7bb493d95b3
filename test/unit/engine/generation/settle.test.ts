import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Sequence } from '../../../../src/engine/generation/sequence.ts'
import { finish, settleToken } from '../../../../src/engine/generation/settle.ts'
import type { GenerationEvent, TokenProbs } from '../../../../src/protocol/event.ts'
import type { GenerationTask } from '../../../../src/protocol/task.ts'
import { sequenceOf, tokensFrom } from '../../../support/tasks.ts'

type Ended = Extract<GenerationEvent, { kind: 'finish' }>

const eos = 'eos'

/** A sequence whose prompt is computed. */
function computed(fields: Partial<GenerationTask> = {}): Sequence {
  const sequence = sequenceOf({ prompt: tokensFrom(500, 4), ...fields })
  sequence.begin(0, 1000)
  sequence.computed(sequence.nPrompt, 1010)
  return sequence
}

/** Settles pieces as tokens 0, 1, ... until an event finishes; `eos` is the end of generation. */
function settleAll(sequence: Sequence, pieces: readonly (string | Uint8Array)[], nCtx = 100, withProbs = false) {
  const events: (GenerationEvent | undefined)[] = []
  for (const [token, piece] of pieces.entries()) {
    const isEndOfGeneration = piece === eos
    const bytes = typeof piece === 'string' ? Buffer.from(isEndOfGeneration ? '' : piece) : piece
    const probs = withProbs ? probsOf(token) : undefined
    const event = settleToken(sequence, 3, { token, piece: bytes, isEndOfGeneration, probs }, nCtx, 1020 + token)
    events.push(event)
    if (event?.kind === 'finish') break
    sequence.computed(1, 1020 + token)
  }
  return events
}

function probsOf(token: number): TokenProbs {
  return { token, bytes: [token], logprob: -token, prob: 1, probs: [], topLogprobs: [] }
}

const textOf = (events: readonly (GenerationEvent | undefined)[]) =>
  events.map((event) => (event !== undefined && 'text' in event ? event.text : '')).join('')
const tokensOf = (events: readonly (GenerationEvent | undefined)[]) =>
  events.flatMap((event) => (event !== undefined && 'tokens' in event ? event.tokens : []))

function endOf(events: readonly (GenerationEvent | undefined)[]): Ended {
  const last = events.at(-1)
  assert.ok(last?.kind === 'finish', `the last event is ${last?.kind}`)
  assert.equal(events.filter((event) => event?.kind === 'finish').length, 1)
  return last
}

describe('text events', () => {
  test('a token becomes an event with its task, slot, text and timings', () => {
    const sequence = computed({ taskId: 9 })
    assert.deepEqual(settleAll(sequence, ['Hi'])[0], {
      kind: 'text',
      taskId: 9,
      slotId: 3,
      timings: { nCached: 0, nPrompt: 4, promptMs: 10, nPredicted: 1, predictedMs: 10 },
      text: 'Hi',
      tokens: [0],
      probs: [],
    })
    assert.deepEqual(sequence.tokens, [...tokensFrom(500, 4), 0])
  })

  test('nothing is sent while a character is not whole', () => {
    const events = settleAll(computed(), [Uint8Array.of(0xc3), Uint8Array.of(0xa9)])
    assert.equal(events[0], undefined)
    assert.deepEqual([textOf(events), tokensOf(events)], ['é', [0, 1]])
  })

  test('nothing is sent while a stop string may begin', () => {
    const events = settleAll(computed({ stop: ['END'] }), ['a', 'E', 'N', 'X'])
    assert.deepEqual(
      events.map((event) => (event === undefined ? undefined : textOf([event]))),
      ['a', undefined, undefined, 'ENX'],
    )
  })

  test('a token without text is told', () => {
    const events = settleAll(computed(), [''])
    assert.deepEqual(tokensOf(events), [0])
  })

  test('probabilities travel with the token they belong to', () => {
    const events = settleAll(computed({ stop: ['END'] }), ['a', 'E', 'b'], 100, true)
    assert.deepEqual(
      events.map((event) => (event?.kind === 'text' ? event.probs.map(({ token }) => token) : undefined)),
      [[0], undefined, [1, 2]],
    )
  })
})

describe('eos', () => {
  test('the end of generation ends with `eos`; it counts as predicted, and shows no text', () => {
    const end = endOf(settleAll(computed(), ['a', 'b', eos]))
    assert.deepEqual([end.reason, end.text, end.tokens, end.stoppingWord], ['eos', '', [], ''])
    assert.deepEqual([end.timings.nPredicted, end.nPromptTokens, end.nPast, end.truncated], [3, 4, 6, false])
  })

  test('what was held back for a stop string is sent with the end', () => {
    const events = settleAll(computed({ stop: ['END'] }), ['a', 'EN', eos])
    const end = endOf(events)
    assert.deepEqual([end.text, end.tokens, textOf(events)], ['EN', [1], 'aEN'])
  })

  test('half a character is dropped at the end, and its token is told', () => {
    const end = endOf(settleAll(computed(), ['a', Uint8Array.of(0xf0, 0x9f), eos]))
    assert.deepEqual([end.text, end.tokens], ['', [1]])
  })

  test('the end of generation wins over limits that are reached with it', () => {
    assert.equal(endOf(settleAll(computed({ nPredict: 2 }), ['a', eos])).reason, 'eos')
    assert.equal(endOf(settleAll(computed({ whenContextFull: 'stop' }), ['a', eos], 6)).reason, 'eos')
  })
})

describe('stop word', () => {
  test('a stop string ends with `word`, tells which, and never shows it', () => {
    const events = settleAll(computed({ stop: ['x', '\nUser:'] }), ['Hi', '\nUs', 'er: and more'])
    const end = endOf(events)
    assert.deepEqual([end.reason, end.stoppingWord, textOf(events), tokensOf(events)], ['word', '\nUser:', 'Hi', [0]])
    assert.equal(end.timings.nPredicted, 3)
  })

  test('text before the stop string in the same piece is sent', () => {
    const end = endOf(settleAll(computed({ stop: ['.'] }), ['yes. no']))
    assert.deepEqual([end.text, end.stoppingWord], ['yes', '.'])
  })

  test('a stop string that is complete with the last token that is allowed wins over `limit`', () => {
    assert.equal(endOf(settleAll(computed({ stop: ['.'], nPredict: 2 }), ['a', '.'])).reason, 'word')
    assert.equal(endOf(settleAll(computed({ stop: ['.'], whenContextFull: 'stop' }), ['a', '.'], 6)).reason, 'word')
  })
})

describe('limit', () => {
  test('n_predict tokens, no more', () => {
    for (const nPredict of [1, 2, 5]) {
      const events = settleAll(computed({ nPredict }), Array.from('abcdefgh'))
      const end = endOf(events)
      assert.deepEqual([end.reason, textOf(events)], ['limit', 'abcdefgh'.slice(0, nPredict)])
      assert.deepEqual([end.timings.nPredicted, end.nPast], [nPredict, 4 + nPredict - 1])
    }
  })

  test('n_predict -1 has no limit', () => {
    const events = settleAll(computed(), Array.from('abcdefgh'))
    assert.ok(events.every((event) => event?.kind === 'text'))
  })

  test('n_predict may be exceeded by the rest of a character', () => {
    const llama = Array.from(Buffer.from('🦙'), (byte) => Uint8Array.of(byte))
    for (const nPredict of [2, 3, 4, 5]) {
      const events = settleAll(computed({ nPredict }), ['a', ...llama, 'b', 'c'])
      assert.equal(textOf(events), 'a🦙', `n_predict ${nPredict}`)
      assert.deepEqual([endOf(events).reason, endOf(events).timings.nPredicted], ['limit', 5])
    }
    assert.equal(textOf(settleAll(computed({ nPredict: 1 }), ['a', ...llama])), 'a')
  })

  test('n_predict is exceeded by three tokens at most, whatever they are', () => {
    const neverWhole = Array.from({ length: 20 }, () => Uint8Array.of(0xf0))
    const end = endOf(settleAll(computed({ nPredict: 2 }), neverWhole))
    assert.equal(end.timings.nPredicted <= 5, true)
  })

  test('what was held back for a stop string is sent when the limit ends the text', () => {
    const events = settleAll(computed({ stop: ['END'], nPredict: 2 }), ['a', 'EN', 'D'])
    assert.deepEqual([endOf(events).reason, textOf(events), tokensOf(events)], ['limit', 'aEN', [0, 1]])
  })

  test('a context that is full ends the text when it may not shift, and counts as truncated', () => {
    const events = settleAll(computed({ whenContextFull: 'stop' }), Array.from('abcdefgh'), 8)
    const end = endOf(events)
    assert.deepEqual([end.reason, end.truncated, textOf(events)], ['limit', true, 'abcd'])
  })

  test('a context that is full does not end the text when it may shift', () => {
    const events = settleAll(computed({ whenContextFull: 'shift' }), Array.from('abcdefgh'), 8)
    assert.ok(events.every((event) => event?.kind === 'text'))
  })
})

test('finish() of a sequence that wrote nothing has no text', () => {
  const sequence = computed({ nPredict: 0, taskId: 5 })
  const end = finish(sequence, 1, 'limit') as Ended
  assert.deepEqual([end.kind, end.taskId, end.slotId, end.reason], ['finish', 5, 1, 'limit'])
  assert.deepEqual([end.text, end.tokens, end.probs, end.nPast, end.timings.nPredicted], ['', [], [], 4, 0])
})

test('all tokens and all text arrive once, whatever ends them', () => {
  const pieces = ['The', ' qu', 'ick', Uint8Array.of(0xc3), Uint8Array.of(0xa9), ' EN', 'X', '\n', 'STOP']
  for (const [fields, text] of [
    [{ nPredict: 6, stop: ['END'] }, 'The quické EN'],
    [{ stop: ['STOP'] }, 'The quické ENX\n'],
    [{ nPredict: 4 }, 'The quické'],
  ] as const) {
    const events = settleAll(computed(fields), pieces)
    endOf(events)
    assert.equal(textOf(events), text)
    const tokens = tokensOf(events)
    assert.deepEqual(tokens, tokensFrom(0, tokens.length))
  }
})
