// Many random conversations of several tenants over few slots: after each step every cell is
// compared with every record, with what it was computed for and what it has seen
// (`FakeEngine.check`), and each answer with the same one given alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeEngine, type FakeEngineOptions, type NextToken } from '../../../support/fake-engine.ts'
import { seededRandom } from '../../../support/random.ts'

/** The next token hangs on every cell. */
const hashOfCells: NextToken = (cells) => {
  let hash = 2_166_136_261
  for (const token of cells) hash = Math.imul(hash ^ token, 16_777_619) >>> 0
  return { token: (hash >>> 8) % 5, isEnd: false }
}

type Case = { readonly name: string; readonly options: FakeEngineOptions; readonly refuses?: boolean }

const cases: readonly Case[] = [
  { name: 'few slots', options: { nSlots: 3, nCtx: 600 } },
  { name: 'small steps', options: { nSlots: 6, nCtx: 600, nBatch: 48 } },
  { name: 'a pool', options: { nSlots: 5, nCtx: 400, isPool: true } },
  { name: 'a pool that cannot shift', options: { nSlots: 4, nCtx: 400, isPool: true, canShift: false } },
  { name: 'a memory that cannot be cut', options: { nSlots: 4, nCtx: 400, canCut: false, canShift: false } },
  { name: 'a memory that refuses some cuts', options: { nSlots: 4, nCtx: 400 }, refuses: true },
  { name: 'self-extend', options: { nSlots: 4, nCtx: 400, groupAttention: { factor: 4, width: 32 } } },
  {
    name: 'self-extend in a pool',
    options: { nSlots: 4, nCtx: 400, isPool: true, groupAttention: { factor: 2, width: 16 } },
  },
]

type Talk = {
  readonly cacheScope: string
  readonly adapterScales: readonly number[]
  tokens: readonly number[]
  /** The task that writes its next part, and what that was asked. */
  asked: { readonly taskId: number; readonly nPredict: number } | undefined
}

for (const { name, options, refuses } of cases) {
  test(`no cell of one conversation reaches another that may not have it: ${name} (random)`, () => {
    const seed = Number(process.env.CRIA_TEST_SEED ?? Date.now() % 1_000_000)
    console.log(`CRIA_TEST_SEED=${seed}`)
    const random = seededRandom(seed)
    const below = (n: number) => Math.floor(random() * n)
    const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
    const engine = new FakeEngine({ ...options, ...(refuses && { refusesCut: () => random() < 0.2 }) })
    engine.next = hashOfCells
    engine.msOf = (step) => step.rows.length * (0.5 + random())
    const { nCtx } = engine.options
    const text = (n: number) => Array.from({ length: n }, () => below(5))
    const nSystem = 20
    const systemPrompt = text(nSystem)
    const roots = Array.from({ length: 4 }, () => [...systemPrompt, ...text(60 + below(100))])
    const talks = new Set<Talk>()
    const finished = new Set<number>()
    let nEvents = 0
    let nBegun = 0
    let nCached = 0

    for (let nTurns = 0; nBegun < 80 || talks.size > 0; nTurns++) {
      assert.ok(nTurns < 50_000, 'everyone finishes')
      if (nBegun < 80 && talks.size < 12 && random() < 0.2) begin()
      for (const talk of talks) goOn(talk)
      if (talks.size > 0 && random() < 0.05) disturb(pick([...talks]))
      engine.step()
      for (; nEvents < engine.events.length; nEvents++) {
        const { kind, taskId } = engine.events[nEvents]!
        if (kind === 'finish') finished.add(taskId)
      }
    }
    assert.ok(nCached > 0, 'nothing was shared')

    function begin(): void {
      const root = pick(roots)
      const isShort = random() < 0.2
      talks.add({
        cacheScope: pick(['', '', 'a', 'b']),
        adapterScales: pick([[0], [0], [0], [1]]),
        tokens: [
          ...root.slice(0, isShort ? nSystem + 1 + below(root.length - nSystem) : root.length),
          ...text(1 + below(9)),
        ],
        asked: undefined,
      })
      nBegun++
    }

    /** The next turn of a conversation, once the last one has its answer. */
    function goOn(talk: Talk): void {
      const { asked, tokens } = talk
      if (asked !== undefined) {
        if (!finished.has(asked.taskId)) return
        const answer = engine.textOf(asked.taskId)
        assert.equal(answer, alone(tokens, asked.nPredict), `task ${asked.taskId}`)
        nCached += engine.finishOf(asked.taskId).timings.nCached
        talk.tokens = [...tokens, ...answer.trim().split(' ').map(Number), ...text(1 + below(12))]
        talk.asked = undefined
        if (random() < 0.25 || talk.tokens.length > nCtx - 60) talks.delete(talk)
      } else if (random() < 0.3) {
        const nPredict = 1 + below(25)
        const fields = { cacheScope: talk.cacheScope, adapterScales: talk.adapterScales, nSystem }
        const more = { cachePrompt: random() < 0.9, whenContextFull: 'stop', nPredict } as const
        talk.asked = { taskId: engine.add({ prompt: talk.tokens, ...fields, ...more }), nPredict }
      }
    }

    /** A client leaves, a reader falls behind, or the memory loses a stream. */
    function disturb(talk: Talk): void {
      const kind = pick(['cancel', 'pause', 'forget'])
      if (kind === 'forget') engine.forget(below(engine.options.nSlots))
      else if (talk.asked === undefined) return
      else if (kind === 'cancel') {
        engine.cancel(talk.asked.taskId)
        talks.delete(talk)
      } else {
        const { taskId } = talk.asked
        engine.loop.receive({ kind: 'pause', taskId })
        for (let i = below(5); i > 0; i--) engine.step()
        engine.loop.receive({ kind: 'resume', taskId })
      }
    }
  })
}

/** What is written after a prompt when nobody else is there. */
function alone(prompt: readonly number[], nPredict: number): string {
  const cells = [...prompt]
  for (let i = 0; i < nPredict; i++) cells.push(hashOfCells(cells).token)
  return cells
    .slice(prompt.length)
    .map((token) => `${token} `)
    .join('')
}
