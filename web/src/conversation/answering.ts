// Runs generations into messages: asks, gathers what comes, shows it frame by frame, and saves it as it grows.
// A generation goes on while another conversation is looked at; it ends when it is done, stopped, or the page goes away.
import { create } from 'zustand'
import { isAbort, toApiError } from '../api/errors.ts'
import { type GenerationEvent, generate, type Numbers, type TokenProb } from '../api/generation.ts'
import { applyTemplate } from '../api/server.ts'
import { refreshServer, serverState } from '../server/server-state.ts'
import { settings } from '../settings/settings.ts'
import { saveMessages, useLibrary } from './library.ts'
import { markedMessages, ownPrompt, ownStops, requestFields, wireMessages, withImages } from './prompt.ts'
import { rescue } from './rescue.ts'
import { pathTo } from './tree.ts'
import { type Message, newId } from './types.ts'

export type Phase =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'queue'; readonly position: number; readonly waiting: number }
  | { readonly kind: 'images'; readonly processed: number; readonly total: number }
  | { readonly kind: 'prefill'; readonly processed: number; readonly total: number; readonly cached: number }
  | { readonly kind: 'writing' }

/** An answer that is being written. */
export type Live = {
  readonly conversationId: string
  readonly content: string
  readonly reasoning: string
  readonly probs: readonly TokenProb[]
  readonly phase: Phase
  readonly startedAt: number
  readonly firstTokenAt: number | undefined
  readonly nTokens: number
}

/** By the id of the message. */
export const useLive = create<Readonly<Record<string, Live>>>(() => ({}))

let isLeaving = false
addEventListener('pagehide', () => {
  isLeaving = true
})

const running = new Map<string, AbortController>()
const saveEveryMs = 600
/** An answer that still waits for its first token says this often that it does, for other tabs. */
const beatMs = (20 * saveEveryMs) / 3

/** A new answer to the message at the end of a way. */
export async function answer(path: readonly Message[]): Promise<void> {
  const last = path.at(-1)!
  await run(emptyAnswer(last), path, undefined)
}

/** Goes on writing an answer where it ended. */
export async function continueAnswer(message: Message): Promise<void> {
  const { error: _, ending: __, ...rest } = message
  const { content, reasoning } = message
  const thoughts = reasoning === undefined ? '' : `<think>\n${reasoning}${content === '' ? '' : '\n</think>\n\n'}`
  await run(rest, pathTo(message.parentId, useLibrary.getState().messages), thoughts + content)
}

/** Writes an answer that failed once more, from its beginning. */
export async function retryAnswer(message: Message): Promise<void> {
  const { error: _, ending: __, reasoning: ___, probs: ____, numbers: _____, ...rest } = message
  await run({ ...rest, content: '' }, pathTo(message.parentId, useLibrary.getState().messages), undefined)
}

/** A new version of an answer, which has another token at one place and goes on from there. */
export async function answerWith(message: Message, at: number, token: TokenProb): Promise<void> {
  const path = pathTo(message.parentId, useLibrary.getState().messages)
  const probs = [...(message.probs ?? []).slice(0, at), token]
  const bytes = probs.flatMap((prob) => prob.bytes)
  const content = new TextDecoder().decode(Uint8Array.from(bytes)).trimStart()
  await run({ ...emptyAnswer(path.at(-1)!), content, probs }, path, content)
}

export function stop(messageId: string): void {
  running.get(messageId)?.abort()
}

export function isRunningHere(messageId: string): boolean {
  return running.has(messageId)
}

function emptyAnswer(parent: Message): Message {
  const now = Date.now()
  const { id: parentId, conversationId } = parent
  const isJson = settings().output.kind === 'json' ? { isJson: true } : {}
  return {
    id: newId(),
    conversationId,
    parentId,
    role: 'assistant',
    content: '',
    createdAt: now,
    savedAt: now,
    state: 'streaming',
    ...isJson,
  }
}

/** @param prefix what the answer begins with already; undefined for a new one. */
async function run(message: Message, path: readonly Message[], prefix: string | undefined): Promise<void> {
  const abort = new AbortController()
  running.set(message.id, abort)
  const writing = new Writing(message)
  try {
    await saveMessages([{ ...message, state: 'streaming', savedAt: Date.now() }], message.id)
    for await (const event of await ask(path, prefix, abort.signal)) writing.take(event)
    await writing.end({ state: 'done' })
  } catch (error) {
    // a page that goes away breaks its connections itself; what came is rescued
    if (isLeaving) return
    if (isAbort(error)) await writing.end({ state: 'stopped' })
    else {
      const { kind, message: text } = toApiError(error)
      await writing.end({ state: 'failed', error: { kind, message: text } })
      if (kind === 'loading' || kind === 'gone') void refreshServer()
    }
  } finally {
    running.delete(message.id)
  }
}

async function ask(
  path: readonly Message[],
  prefix: string | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<GenerationEvent>> {
  const chosen = settings()
  const fields = requestFields(chosen)
  if (chosen.usesOwnTemplate) {
    const stops = [...ownStops(chosen.ownTemplate), ...((fields.stop as readonly string[] | undefined) ?? [])]
    const prompt = withImages(ownPrompt(path, chosen.ownTemplate) + (prefix ?? ''), path)
    return generate('completion', { ...fields, stop: stops, prompt }, signal)
  }
  if (prefix === undefined) {
    const messages = wireMessages(path, chosen.systemPrompt)
    return generate('v1/chat/completions', { ...fields, messages }, signal)
  }
  const rendered = await applyTemplate(markedMessages(path, chosen.systemPrompt), signal)
  // the server adds the first token itself where the model wants one
  const bos = serverState().props?.bos_token ?? ''
  const begun = (bos !== '' && rendered.startsWith(bos) ? rendered.slice(bos.length) : rendered) + prefix
  // what chat would take by default
  return generate('completion', { repeat_penalty: 1, ...fields, prompt: withImages(begun, path) }, signal)
}

/** One answer as it grows. */
class Writing {
  readonly #message: Message
  #live: Live
  #ending: 'stop' | 'length' | undefined
  #numbers: Numbers | undefined
  #frame: number | undefined
  #savedAt = Date.now()
  /** Text that is not in the live state yet. */
  #isDirty = false
  readonly #probs: TokenProb[]
  readonly #beat: number
  readonly #rescue = () => rescue(this.#grown())

  constructor(message: Message) {
    this.#message = message
    this.#probs = [...(message.probs ?? [])]
    this.#live = {
      conversationId: message.conversationId,
      content: message.content,
      reasoning: message.reasoning ?? '',
      probs: this.#probs,
      phase: { kind: 'waiting' },
      startedAt: performance.now(),
      firstTokenAt: undefined,
      nTokens: 0,
    }
    this.#show()
    this.#beat = window.setInterval(() => Date.now() - this.#savedAt >= beatMs && this.#save(), beatMs)
    window.addEventListener('pagehide', this.#rescue)
  }

  take(event: GenerationEvent): void {
    switch (event.kind) {
      case 'queue':
      case 'images':
      case 'prefill':
        if (this.#live.firstTokenAt === undefined) this.#change({ phase: event })
        break
      case 'text': {
        const { content, reasoning, nTokens, firstTokenAt = performance.now() } = this.#live
        this.#probs.push(...event.probs)
        this.#change({
          phase: { kind: 'writing' },
          content: content === '' ? event.text.trimStart() : content + event.text,
          reasoning: reasoning + event.reasoning,
          nTokens: nTokens + 1,
          firstTokenAt,
        })
        break
      }
      case 'end':
        this.#ending = event.reason
        this.#numbers = event.numbers
    }
  }

  async end(change: Pick<Message, 'state' | 'error'>): Promise<void> {
    window.removeEventListener('pagehide', this.#rescue)
    clearInterval(this.#beat)
    if (this.#frame !== undefined) cancelFrame(this.#frame)
    const { startedAt, firstTokenAt = performance.now() } = this.#live
    const numbers = this.#numbers && { numbers: { ...this.#numbers, firstTokenMs: firstTokenAt - startedAt } }
    const ending = this.#ending && { ending: this.#ending }
    const message = { ...this.#grown(), ...numbers, ...ending, ...change }
    try {
      await saveMessages([message]) // first: what is saved takes the place of what was live
    } finally {
      useLive.setState(({ [message.id]: _, ...others }) => others, true)
    }
  }

  #change(change: Partial<Live>): void {
    this.#live = { ...this.#live, ...change }
    this.#isDirty = true
    this.#frame ??= requestFrame(() => this.#show())
  }

  #show(): void {
    this.#frame = undefined
    // probs grow in place; a new array tells those who watch, and only when there are any
    if (this.#probs.length > 0) this.#live = { ...this.#live, probs: this.#probs.slice() }
    useLive.setState({ [this.#message.id]: this.#live })
    if (this.#isDirty && Date.now() - this.#savedAt > saveEveryMs) this.#save()
  }

  #save(): void {
    this.#savedAt = Date.now()
    this.#isDirty = false
    void saveMessages([{ ...this.#grown(), state: 'streaming' }]).catch((error) => console.error(error))
  }

  #grown(): Message {
    const { content, reasoning } = this.#live
    return {
      ...this.#message,
      content,
      ...(reasoning === '' ? {} : { reasoning }),
      ...(this.#probs.length > 0 ? { probs: this.#probs.slice() } : {}),
      savedAt: Date.now(),
    }
  }
}

/** A frame of the page; a hidden page has none, and is shown what came now and then. */
function requestFrame(show: () => void): number {
  return document.hidden ? window.setTimeout(show, 250) : requestAnimationFrame(show)
}

function cancelFrame(id: number): void {
  cancelAnimationFrame(id)
  clearTimeout(id)
}

/** Whether a message that says `streaming` is one that nobody writes any more. */
export function isAbandoned(message: Message): boolean {
  return message.state === 'streaming' && !running.has(message.id) && Date.now() - message.savedAt > 20 * saveEveryMs
}

/** The answers of a conversation that are being written in this tab. */
export function runningIn(conversationId: string, messages: Iterable<Message>): readonly Message[] {
  return [...messages].filter((message) => message.conversationId === conversationId && running.has(message.id))
}
