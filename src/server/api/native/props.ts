// GET /props: what a client needs to know of the server before it asks for anything.
import { readFields } from '../../../options/field.ts'
import { generationFields } from '../../../options/generation-fields.ts'
import { serverDefaults } from '../../generate/request-maker.ts'
import type { Answer } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'
import { settingsJson } from '../shared/completion-json.ts'
import { canInfill } from './infill-prompt.ts'

/** GET /model.json: the settings that a request has when it says nothing; completion.js reads it. */
export function modelJson(services: Services): Answer {
  return { json: defaultSettings(services) }
}

function defaultSettings(services: Services): object {
  const { engine, tokenizer, modelName, options } = services
  const fields = readFields(generationFields, {}, serverDefaults(options))
  const { endOfGeneration } = tokenizer.vocab
  return settingsJson({ fields, sampling: undefined, modelName, nCtx: engine.info.nCtxSlot, endOfGeneration })
}

export function props(services: Services): Answer {
  const { engine, tokenizer, chosenTemplate, modelName, modelPath, options, version } = services
  const info = engine.info
  const system = services.systemPrompts.current
  const settings = defaultSettings(services)
  return {
    json: {
      assistant_name: system.assistantName,
      user_name: system.antiPrompt, // the specification's two names for one thing
      anti_prompt: system.antiPrompt,
      system_prompt: system.text,
      default_generation_settings: { n_ctx: info.nCtxSlot, params: settings, ...settings },
      total_slots: info.nSlots,
      model_path: modelPath,
      model_alias: modelName,
      embeddings: embeddingsJson(services),
      modalities: { vision: services.vision !== undefined, audio: false },
      can_infill: canInfill(tokenizer),
      chat_template: chosenTemplate?.source ?? tokenizer.chatTemplate ?? '',
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
    },
  }
}

/** What /embedding and its kin give here; null without --embedding. */
function embeddingsJson({ engine }: Services): object | null {
  const { embeddings } = engine.info
  if (embeddings === undefined) return null
  return { pooling: embeddings.pooling, n_embd: embeddings.width, n_tokens_max: embeddings.maxTokens }
}
