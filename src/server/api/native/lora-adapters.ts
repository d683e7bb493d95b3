// GET and POST /lora-adapters: the LoRA adapters that were loaded, and how strongly they are applied from now on.
import { type AdapterScale, adapterScalesSchema } from '../../../options/adapter-scales.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'

export const loraAdaptersBody = { ...adapterScalesSchema, type: 'array' }

export function loraAdapters({ adapters, engine }: Services): Answer {
  const { info } = engine
  const json = adapters.paths.map((path, id) => ({
    id,
    path,
    scale: adapters.scales[id],
    task_name: info.adapters[id]?.taskName ?? '',
    prompt_prefix: info.adapters[id]?.promptPrefix ?? '',
  }))
  return { json }
}

export function setLoraAdapters({ body }: HttpRequest, { adapters }: Services): Answer {
  adapters.change(body as unknown as readonly AdapterScale[])
  return { json: { success: true } }
}
