// GET /v1/models: the one model that is served.
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import type { Services } from '../../services.ts'

export function models(_request: HttpRequest, { info, vision, name, options }: Model, { startedAt }: Services): Answer {
  const meta = {
    n_vocab: info.nVocab,
    n_ctx_train: info.nCtxTrain,
    n_ctx: info.nCtxSlot,
    n_embd: info.nEmbd,
    n_params: info.nParams,
    size: info.sizeBytes,
    description: info.description,
  }
  const model = {
    id: name,
    aliases: options.alias ?? [],
    tags: options.tags ?? [],
    object: 'model',
    created: startedAt,
    owned_by: 'llamacpp',
    meta,
    architecture: {
      input_modalities: vision === undefined ? ['text'] : ['text', 'image'],
      output_modalities: ['text'],
    },
  }
  const capabilities = [
    ...(info.generates ? ['completion'] : []),
    ...(vision === undefined ? [] : ['multimodal']),
    ...(info.embeddings === undefined ? [] : [info.embeddings.pooling === 'rank' ? 'rerank' : 'embedding']),
  ]
  const models = [{ name, model: name, type: 'model', capabilities }]
  return json({ object: 'list', data: [model], models })
}
