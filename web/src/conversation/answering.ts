// Runs generations into messages. A generation goes on while another conversation is looked at; it ends when it is done or
// stopped, or when the page goes away.
import { isAbort, toApiError } from '../api/errors.ts'
import type { TokenProb } from '../api/generation.ts'
import { modelName, refreshServer, serverState } from '../server/server-state.ts'
import { runTools } from '../tools/tools.ts'
import { ask, type Question } from './ask.ts'
import { saveMessages, useLibrary } from './library.ts'
import { lastRound, openCalls, rawText, splitParts } from './parts.ts'
import { shapeOf } from './shape.ts'
import { pathTo } from './tree.ts'
import { type Message, newId } from './types.ts'
import { saveEveryMs, Writing } from './writing.ts'

let isLeaving = false
addEventListener('pagehide', () => {
  isLeaving = true
})

/** A model that calls tools again and again is stopped after so many of its replies. */
const maxRounds = 10

const running = new Map<string, AbortController>()

const listeners: ((message: Message, hasFailed: boolean) => void)[] = []
/** @param listen is called with each answer that ended here, as it was when it began. */
export function onAnswerEnd(listen: (message: Message, hasFailed: boolean) => void): void {
  listeners.push(listen)
}

/** A new answer to the message at the end of a way. */
export async function answer(path: readonly Message[]): Promise<void> {
  await run(emptyAnswer(path.at(-1)!), path, undefined)
}

/** Goes on writing an answer where it ended. */
export async function continueAnswer(message: Message): Promise<void> {
  const { error: _, ending: __, ...rest } = message
  await run(rest, pathBefore(message), rawText(lastRound(message.parts).last))
}

/** Writes an answer that failed once more, from its beginning. */
export async function retryAnswer(message: Message): Promise<void> {
  const { error: _, ending: __, probs: ___, numbers: ____, ...rest } = message
  await run({ ...rest, parts: [] }, pathBefore(message), undefined)
}

/** A new version of an answer, which has another token at one place and goes on from there. */
export async function answerWith(message: Message, at: number, token: TokenProb): Promise<void> {
  const path = pathBefore(message)
  const probs = [...(message.probs ?? []).slice(0, at), token]
  const bytes = probs.flatMap((prob) => prob.bytes)
  const text = new TextDecoder().decode(Uint8Array.from(bytes)).trimStart()
  await run({ ...emptyAnswer(path.at(-1)!), parts: splitParts('', text).parts, probs }, path, text)
}

export function stop(messageId: string): void {
  running.get(messageId)?.abort()
}

export function isRunningHere(messageId: string): boolean {
  return running.has(messageId)
}

/** Whether a message that says `streaming` is one that nobody writes any more. */
export function isAbandoned(message: Message): boolean {
  return message.state === 'streaming' && !running.has(message.id) && Date.now() - message.savedAt > 20 * saveEveryMs
}

/** The answers of a conversation that are being written in this tab. */
export function runningIn(conversationId: string, messages: Iterable<Message>): readonly Message[] {
  return [...messages].filter((message) => message.conversationId === conversationId && running.has(message.id))
}

function pathBefore({ parentId }: Message): readonly Message[] {
  return pathTo(parentId, useLibrary.getState().messages)
}

function emptyAnswer({ id: parentId, conversationId }: Message): Message {
  const now = Date.now()
  const isJson = shapeOf(conversationId).output.kind === 'json' ? { isJson: true } : {}
  const model = modelName(serverState())
  return {
    id: newId(),
    conversationId,
    parentId,
    role: 'assistant',
    parts: [],
    createdAt: now,
    savedAt: now,
    state: 'streaming',
    ...(model === '' ? {} : { model }),
    ...isJson,
  }
}

/** @param prefix what the answer begins with already; undefined for a new one. */
async function run(message: Message, path: readonly Message[], prefix: string | undefined): Promise<void> {
  const abort = new AbortController()
  running.set(message.id, abort)
  const writing = new Writing(message, prefix ?? '')
  let hasFailed = false
  try {
    await saveMessages([{ ...message, state: 'streaming', savedAt: Date.now() }], message.id)
    const shape = shapeOf(message.conversationId)
    let question: Question = { shape, path, before: lastRound(message.parts).before, prefix }
    for (let round = 1; ; round++) {
      for await (const event of await ask(question, abort.signal)) writing.take(event)
      const calls = openCalls(writing.parts)
      if (calls.length === 0 || shape.tools.length === 0 || round === maxRounds) break
      writing.add(await runTools(calls, shape.tools))
      question = { ...question, before: writing.parts, prefix: undefined }
    }
    await writing.end({ state: 'done' })
  } catch (error) {
    // a page that goes away breaks its connections itself; what came is rescued
    if (isLeaving) return
    if (isAbort(error)) await writing.end({ state: 'stopped' })
    else {
      hasFailed = true
      const { kind, message: text } = toApiError(error)
      await writing.end({ state: 'failed', error: { kind, message: text } })
      if (kind === 'loading' || kind === 'gone') void refreshServer()
    }
  } finally {
    running.delete(message.id)
  }
  for (const listen of listeners) listen(message, hasFailed)
}
