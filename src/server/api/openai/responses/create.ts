// POST /v1/responses and /v1/responses/input_tokens.
import { withAbort } from '../../../../base/tenant.ts'
import { countTokens, runChat } from '../../../chat/chat.ts'
import type { ChatEvent } from '../../../chat/chat-event.ts'
import { toRequestError } from '../../../http/errors.ts'
import { type Answer, type HttpRequest, json, type WireEvent } from '../../../http/handler.ts'
import { reply } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import type { Services } from '../../../services.ts'
import type { InputTokensBody, ResponseBody } from './body.ts'
import { readInput, readResponse } from './read.ts'
import { responseMaker } from './response-json.ts'
import { type ResponseEvent, ResponseReply } from './write.ts'

export async function createResponse(
  { body, given, owner, signal }: HttpRequest<ResponseBody>,
  model: Model,
  { responses, runningResponses }: Services,
): Promise<Answer> {
  const { chat, input, offered } = await readResponse(body, { store: responses, owner }, model, signal)
  const writer = new ResponseReply(body, offered, responseMaker(body, given, model.name))
  const cancel = new AbortController()
  const current = () => ({ response: writer.response, input })
  const events = withEnding(runChat(chat, model, withAbort(signal, cancel.signal)), {
    isGone: () => signal.aborted,
    isCancelled: () => cancel.signal.aborted,
    isBegun: () => body.stream && writer.isBegun,
  })
  async function* written(): AsyncGenerator<readonly WireEvent[]> {
    const run = { current, cancel: () => cancel.abort() }
    const forget = body.store ? runningResponses.add(owner, writer.response.id, run) : undefined
    try {
      for await (const event of events) {
        const all = [...writer.push(event)]
        if (body.stream) yield all
      }
      if (body.store) await responses.put(owner, current())
    } finally {
      forget?.()
    }
  }
  return reply(written(), { whole: () => writer.whole(), push: (all) => all, end: () => writer.end() }, body)
}

/**
 * An error behind the first event of a stream is the response's own; before it, it is the
 * request's.
 */
async function* withEnding(
  events: AsyncIterable<ChatEvent>,
  is: { readonly isGone: () => boolean; readonly isCancelled: () => boolean; readonly isBegun: () => boolean },
): AsyncGenerator<ResponseEvent> {
  try {
    yield* events
  } catch (error) {
    if (is.isGone()) throw error
    if (is.isCancelled()) yield { kind: 'cancelled' }
    else if (is.isBegun()) yield { kind: 'failed', error: toRequestError(error) }
    else throw error
  }
}

export async function countInputTokens(
  { body, owner, signal }: HttpRequest<InputTokensBody>,
  model: Model,
  { responses: store }: Services,
): Promise<Answer> {
  const { chat } = await readInput(body, { store, owner }, model, signal)
  return json({ object: 'response.input_tokens', input_tokens: await countTokens(chat, model, signal) })
}
