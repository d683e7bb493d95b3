// All that can be asked, in one list: method, path, who may, and which file answers.

import { RequestError } from '../base/errors.ts'
import type { GivenSystemPrompt } from '../options/generation-fields.ts'
import { completion, completionBody } from './api/native/completion.ts'
import { embedding, embeddingBody, embeddings } from './api/native/embedding.ts'
import { health } from './api/native/health.ts'
import { infill, infillBody } from './api/native/infill.ts'
import { loraAdapters, loraAdaptersBody, setLoraAdapters } from './api/native/lora-adapters.ts'
import { metrics } from './api/native/metrics.ts'
import { modelJson, props } from './api/native/props.ts'
import { rerank, rerankBody } from './api/native/rerank.ts'
import { slotAction, slotActionBody } from './api/native/slot-action.ts'
import { listSlots } from './api/native/slots.ts'
import { detokenize, detokenizeBody, tokenize, tokenizeBody } from './api/native/tokenize.ts'
import { applyTemplate, applyTemplateBody } from './api/openai/chat/apply-template.ts'
import { chatBody, chatCompletions } from './api/openai/chat/chat-completions.ts'
import { embeddingsBody, openaiEmbeddings } from './api/openai/embeddings/embeddings.ts'
import { models } from './api/openai/models.ts'
import { isTextCompletion, textCompletionBody, textCompletions } from './api/openai/text/completions.ts'
import { ChatTemplate } from './chat/template.ts'
import { setSystemPrompt } from './generate/system-prompt.ts'
import type { Handler, Route } from './http/handler.ts'
import type { Services } from './model/model.ts'

export function routes(services: Services): readonly Route[] {
  let template: ChatTemplate | undefined
  const chatTemplate = () => {
    const { chatTemplate: ofModel, vocab } = services.tokenizer
    const chosen = services.chosenTemplate
    const tokens = { bos: vocab.textOf(vocab.bos), eos: vocab.textOf(vocab.eos) }
    const variables = { ...chosen?.variables, ...services.options.chatTemplateKwargs }
    template ??= new ChatTemplate(chosen?.source ?? ofModel, tokens, { variables, stop: chosen?.stop ?? [] })
    return template
  }
  /** A handler that generates: it comes after a change of the system prompt, its own too. */
  const generating =
    (handler: Handler): Handler =>
    async (request) => {
      checkGenerates(services)
      const given = request.body.system_prompt as GivenSystemPrompt | null | undefined
      if (given) await setSystemPrompt(given, services, request.signal)
      else await services.systemPrompts.settled()
      return handler(request)
    }
  const chat = generating((request) => chatCompletions(request, services, chatTemplate()))
  const complete = generating((request) => completion(request, services))
  const completeText = generating((request) => textCompletions(request, services))
  const get = (path: string, access: Route['access'], handler: Handler): Route => ({
    method: 'GET',
    path,
    access,
    handler,
  })
  const post = (path: string, body: object, handler: Handler): Route => ({
    method: 'POST',
    path,
    access: 'model',
    body,
    handler,
  })

  return [
    get('/health', 'open', (request) => health(request, services)),
    get('/v1/health', 'open', (request) => health(request, services)),
    get('/props', 'model', () => props(services)),
    get('/model.json', 'model', () => modelJson(services)),
    get('/models', 'public', () => models(services)),
    get('/v1/models', 'public', () => models(services)),
    post('/completion', completionBody, complete),
    // llama-server's name of /completion, and OpenAI's of its text completion without /v1
    post('/completions', textCompletionBody, (request) =>
      isTextCompletion(request.body) ? completeText(request) : complete(request),
    ),
    post(
      '/infill',
      infillBody,
      generating((request) => infill(request, services)),
    ),
    post('/apply-template', applyTemplateBody, (request) => applyTemplate(request, chatTemplate())),
    get('/slots', 'model', (request) => listSlots(request, services)),
    get('/metrics', 'key', () => metrics(services)),
    post('/slots/:id', slotActionBody, (request) => {
      checkGenerates(services)
      return slotAction(request, services)
    }),
    get('/lora-adapters', 'model', () => loraAdapters(services)),
    post('/lora-adapters', loraAdaptersBody, (request) => setLoraAdapters(request, services)),
    post('/embedding', embeddingBody, (request) => embedding(request, services)),
    post('/embeddings', embeddingBody, (request) => embeddings(request, services)),
    post('/v1/embeddings', embeddingsBody, (request) => openaiEmbeddings(request, services)),
    ...['/rerank', '/reranking', '/v1/rerank', '/v1/reranking'].map((path) =>
      post(path, rerankBody, (request) => rerank(request, services)),
    ),
    post('/tokenize', tokenizeBody, (request) => tokenize(request, services)),
    post('/detokenize', detokenizeBody, (request) => detokenize(request, services)),
    post('/v1/completions', textCompletionBody, completeText),
    post('/chat/completions', chatBody, chat),
    post('/v1/chat/completions', chatBody, chat),
  ]
}

/** @throws RequestError (501) where the model is no text generator. */
function checkGenerates({ engine }: Services): void {
  if (engine.info.generates) return
  throw new RequestError('not_supported', 'this model only encodes: it gives embeddings and generates no text')
}
