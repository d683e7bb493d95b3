// GET /v1/models: the one model that is served.
import type { Answer } from '../../http/handler.ts'
import type { Services } from '../services.ts'

export function models({ engine, modelName, startedAt }: Services): Answer {
  const info = engine.info
  const meta = {
    n_vocab: info.nVocab,
    n_ctx_train: info.nCtxTrain,
    n_ctx: info.nCtxSlot,
    n_embd: info.nEmbd,
    n_params: info.nParams,
    size: info.sizeBytes,
    description: info.description,
  }
  const data = [{ id: modelName, object: 'model', created: startedAt, owned_by: 'llamacpp', meta }]
  const models = [{ name: modelName, model: modelName, type: 'model', capabilities: ['completion'] }]
  return { json: { object: 'list', data, models } }
}
