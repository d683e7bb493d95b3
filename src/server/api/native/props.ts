// GET /props: facts that a client needs about the server before its first request.
import { readFields } from '../../../options/field.ts'
import { fieldDefaults } from '../../../options/field-defaults.ts'
import { generationFields } from '../../../options/generation-fields.ts'
import type { EngineInfo } from '../../../protocol/event.ts'
import { canInfill } from '../../generate/infill-prompt.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import type { Services } from '../../services.ts'
import { settingsJson } from '../shared/completion-json.ts'

/** GET /model.json: the default settings of a request; completion.js reads it. */
export function modelJson(_request: HttpRequest, model: Model): Answer {
  return json(defaultSettings(model))
}

function defaultSettings({ info, tokenizer, name: modelName, options }: Model): object {
  const fields = readFields(generationFields, {}, fieldDefaults(options))
  const { endOfGeneration } = tokenizer.vocab
  return settingsJson({ fields, sampling: undefined, modelName, nCtx: info.nCtxSlot, endOfGeneration })
}

export function props(_request: HttpRequest, model: Model, { options, version }: Services): Answer {
  const { info, tokenizer } = model
  const system = model.systemPrompts.current
  const settings = defaultSettings(model)
  return json({
    assistant_name: system.assistantName,
    user_name: system.antiPrompt, // the specification's two names for the same thing
    anti_prompt: system.antiPrompt,
    system_prompt: system.text,
    default_generation_settings: { n_ctx: info.nCtxSlot, params: settings, ...settings },
    total_slots: info.nSlots,
    model_path: model.path,
    model_alias: model.name,
    embeddings: embeddingsJson(info),
    modalities: { vision: model.imageInput !== undefined, audio: false },
    can_infill: canInfill(tokenizer),
    chat_template: model.templateSource,
    chat_template_caps: model.templateCapabilities,
    bos_token: tokenizer.vocab.textOf(tokenizer.vocab.bos),
    eos_token: tokenizer.vocab.textOf(tokenizer.vocab.eos),
    build_info: `b0-cria-${version}`,
    is_sleeping: false,
    endpoint_slots: options.slots,
    endpoint_metrics: options.metrics,
    endpoint_props: false,
    engine: {
      description: info.description,
      backend: info.backend,
      pid: info.pid,
      n_threads: info.threads.forTokens,
      n_threads_batch: info.threads.forPrompts,
    },
  })
}

/** The properties of the vectors of /embedding and similar routes; null without --embedding. */
function embeddingsJson({ embeddings }: EngineInfo): object | null {
  if (embeddings === undefined) return null
  return { pooling: embeddings.pooling, n_embd: embeddings.width, n_tokens_max: embeddings.maxTokens }
}
