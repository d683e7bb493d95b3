// GET /v1/models and /v1/models/{id}: the models that are served.
import { RequestError } from '../../../base/errors.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import type { Services } from '../../services.ts'

export function models(_request: HttpRequest, model: Model, services: Services): Answer {
  const { info, imageInput, name } = model
  const capabilities = [
    ...(info.generates ? ['completion'] : []),
    ...(imageInput === undefined ? [] : ['multimodal']),
    ...(info.embeddings === undefined ? [] : [info.embeddings.pooling === 'rank' ? 'rerank' : 'embedding']),
  ]
  const models = [{ name, model: name, type: 'model', capabilities }]
  return json({ object: 'list', data: [modelJson(model, services)], models })
}

/**
 * By any of its names, which may have slashes. @throws RequestError (404) when there is no such
 * model.
 */
export function modelById({ params }: HttpRequest, model: Model, services: Services): Answer {
  const id = params['*'] ?? ''
  const names = [model.name, model.path, ...(model.options.alias ?? [])]
  if (names.includes(id)) return json(modelJson(model, services))
  throw new RequestError('not_found', `The model "${id}" does not exist`, { code: 'model_not_found', param: 'model' })
}

function modelJson({ info, imageInput, name, options }: Model, { startedAt }: Services): object {
  return {
    id: name,
    aliases: options.alias ?? [],
    tags: options.tags ?? [],
    object: 'model',
    created: startedAt,
    owned_by: 'llamacpp',
    meta: {
      n_vocab: info.nVocab,
      n_ctx_train: info.nCtxTrain,
      n_ctx: info.nCtxSlot,
      n_embd: info.nEmbd,
      n_params: info.nParams,
      size: info.sizeBytes,
      description: info.description,
    },
    architecture: {
      input_modalities: imageInput === undefined ? ['text'] : ['text', 'image'],
      output_modalities: ['text'],
    },
  }
}
