// All routes in one list: method, path, access, requirements, error style, body, handler.
import { anthropicErrors as anthropic } from './api/anthropic/errors.ts'
import { countMessageTokens, messages } from './api/anthropic/handlers.ts'
import { messagesBody } from './api/anthropic/read.ts'
import { completions, eitherBody } from './api/completions.ts'
import { completion, completionBody } from './api/native/completion.ts'
import { embedding, embeddingBody, embeddings } from './api/native/embedding.ts'
import { nativeErrors as native } from './api/native/errors.ts'
import { health } from './api/native/health.ts'
import { infill, infillBody } from './api/native/infill.ts'
import { loraAdapters, loraAdaptersBody, setLoraAdapters } from './api/native/lora-adapters.ts'
import { metrics } from './api/native/metrics.ts'
import { modelJson, props } from './api/native/props.ts'
import { rerank, rerankBody } from './api/native/rerank.ts'
import { slotAction, slotActionBody } from './api/native/slot-action.ts'
import { listSlots } from './api/native/slots.ts'
import { detokenize, detokenizeBody } from './api/native/tokenize.ts'
import { applyTemplate, applyTemplateBody } from './api/openai/chat/apply-template.ts'
import { chatCompletions } from './api/openai/chat/chat-completions.ts'
import { countChatTokens } from './api/openai/chat/input-tokens.ts'
import { chatBody } from './api/openai/chat/read.ts'
import { embeddingsBody, openaiEmbeddings } from './api/openai/embeddings/embeddings.ts'
import { openaiErrors as openai } from './api/openai/errors.ts'
import { modelById, models } from './api/openai/models.ts'
import { inputTokensBody, responseBody } from './api/openai/responses/body.ts'
import { countInputTokens, createResponse } from './api/openai/responses/create.ts'
import { responseErrors } from './api/openai/responses/errors.ts'
import { cancelResponse, deleteResponse, getResponse, listInputItems } from './api/openai/responses/stored.ts'
import { textCompletions } from './api/openai/text/completions.ts'
import { textCompletionBody } from './api/openai/text/fields.ts'
import { tokenizerInfo } from './api/openai/tokenize.ts'
import { eitherTokenize, eitherTokenizeBody } from './api/tokenize.ts'
import { defineRoutes } from './dispatch.ts'

// biome-ignore format: a table, a line each
export const routes = defineRoutes(
  { method: 'GET', path: '/health', access: 'open', needs: 'nothing', errors: native, handler: health },
  { method: 'GET', path: '/v1/health', access: 'open', needs: 'nothing', errors: native, handler: health },
  { method: 'GET', path: '/props', access: 'key', needs: 'model', errors: native, handler: props },
  { method: 'GET', path: '/model.json', access: 'key', needs: 'model', errors: native, handler: modelJson },
  { method: 'GET', path: '/models', access: 'open', needs: 'model', errors: openai, handler: models },
  { method: 'GET', path: '/v1/models', access: 'open', needs: 'model', errors: openai, handler: models },
  { method: 'GET', path: '/models/*', access: 'open', needs: 'model', errors: openai, handler: modelById },
  { method: 'GET', path: '/v1/models/*', access: 'open', needs: 'model', errors: openai, handler: modelById },
  { method: 'POST', path: '/completion', access: 'key', needs: 'generator', errors: native, body: completionBody, handler: completion },
  { method: 'POST', path: '/completions', access: 'key', needs: 'generator', errors: native, body: eitherBody, handler: completions },
  { method: 'POST', path: '/infill', access: 'key', needs: 'generator', errors: native, body: infillBody, handler: infill },
  { method: 'POST', path: '/apply-template', access: 'key', needs: 'model', errors: native, body: applyTemplateBody, handler: applyTemplate },
  { method: 'GET', path: '/slots', access: 'key', needs: 'model', errors: native, handler: listSlots },
  { method: 'GET', path: '/metrics', access: 'key', needs: 'nothing', errors: native, handler: metrics },
  { method: 'POST', path: '/slots/:id', access: 'key', needs: 'generator', errors: native, body: slotActionBody, handler: slotAction },
  { method: 'GET', path: '/lora-adapters', access: 'key', needs: 'model', errors: native, handler: loraAdapters },
  { method: 'POST', path: '/lora-adapters', access: 'key', needs: 'model', errors: native, body: loraAdaptersBody, handler: setLoraAdapters },
  { method: 'POST', path: '/embedding', access: 'key', needs: 'embedder', errors: native, body: embeddingBody, handler: embedding },
  { method: 'POST', path: '/embeddings', access: 'key', needs: 'embedder', errors: native, body: embeddingBody, handler: embeddings },
  { method: 'POST', path: '/v1/embeddings', access: 'key', needs: 'embedder', errors: openai, body: embeddingsBody, handler: openaiEmbeddings },
  { method: 'POST', path: '/rerank', access: 'key', needs: 'embedder', errors: native, body: rerankBody, handler: rerank },
  { method: 'POST', path: '/reranking', access: 'key', needs: 'embedder', errors: native, body: rerankBody, handler: rerank },
  { method: 'POST', path: '/v1/rerank', access: 'key', needs: 'embedder', errors: native, body: rerankBody, handler: rerank },
  { method: 'POST', path: '/v1/reranking', access: 'key', needs: 'embedder', errors: native, body: rerankBody, handler: rerank },
  { method: 'POST', path: '/tokenize', access: 'key', needs: 'model', errors: native, body: eitherTokenizeBody, handler: eitherTokenize },
  { method: 'GET', path: '/tokenizer_info', access: 'key', needs: 'model', errors: native, handler: tokenizerInfo },
  { method: 'POST', path: '/detokenize', access: 'key', needs: 'model', errors: native, body: detokenizeBody, handler: detokenize },
  { method: 'POST', path: '/v1/completions', access: 'key', needs: 'generator', errors: openai, body: textCompletionBody, handler: textCompletions },
  { method: 'POST', path: '/chat/completions', access: 'key', needs: 'generator', errors: openai, body: chatBody, handler: chatCompletions },
  { method: 'POST', path: '/v1/chat/completions', access: 'key', needs: 'generator', errors: openai, body: chatBody, handler: chatCompletions },
  { method: 'POST', path: '/chat/completions/input_tokens', access: 'key', needs: 'generator', errors: openai, body: chatBody, handler: countChatTokens },
  { method: 'POST', path: '/v1/chat/completions/input_tokens', access: 'key', needs: 'generator', errors: openai, body: chatBody, handler: countChatTokens },
  { method: 'POST', path: '/v1/responses', access: 'key', needs: 'generator', errors: responseErrors, body: responseBody, handler: createResponse },
  { method: 'POST', path: '/v1/responses/input_tokens', access: 'key', needs: 'generator', errors: openai, body: inputTokensBody, handler: countInputTokens },
  { method: 'GET', path: '/v1/responses/:id', access: 'key', needs: 'nothing', errors: openai, handler: getResponse },
  { method: 'DELETE', path: '/v1/responses/:id', access: 'key', needs: 'nothing', errors: openai, handler: deleteResponse },
  { method: 'POST', path: '/v1/responses/:id/cancel', access: 'key', needs: 'nothing', errors: openai, handler: cancelResponse },
  { method: 'GET', path: '/v1/responses/:id/input_items', access: 'key', needs: 'nothing', errors: openai, handler: listInputItems },
  { method: 'POST', path: '/responses', access: 'key', needs: 'generator', errors: responseErrors, body: responseBody, handler: createResponse },
  { method: 'POST', path: '/responses/input_tokens', access: 'key', needs: 'generator', errors: openai, body: inputTokensBody, handler: countInputTokens },
  { method: 'GET', path: '/responses/:id', access: 'key', needs: 'nothing', errors: openai, handler: getResponse },
  { method: 'DELETE', path: '/responses/:id', access: 'key', needs: 'nothing', errors: openai, handler: deleteResponse },
  { method: 'POST', path: '/responses/:id/cancel', access: 'key', needs: 'nothing', errors: openai, handler: cancelResponse },
  { method: 'GET', path: '/responses/:id/input_items', access: 'key', needs: 'nothing', errors: openai, handler: listInputItems },
  { method: 'POST', path: '/v1/messages', access: 'key', needs: 'generator', errors: anthropic, body: messagesBody, handler: messages },
  { method: 'POST', path: '/v1/messages/count_tokens', access: 'key', needs: 'generator', errors: anthropic, body: messagesBody, handler: countMessageTokens },
)
