// GET and POST /lora-adapters: the loaded LoRA adapters, and their default scales.
import { adapterScalesSchema } from '../../../options/adapter-scales.ts'
import { type BodyOf, bodyLike } from '../../../options/field.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'

export const loraAdaptersBody = bodyLike(adapterScalesSchema)

export function loraAdapters(_request: HttpRequest, { adapters, info }: Model): Answer {
  const all = adapters.paths.map((path, id) => ({
    id,
    path,
    scale: adapters.scales[id],
    task_name: info.adapters[id]?.taskName ?? '',
    prompt_prefix: info.adapters[id]?.promptPrefix ?? '',
  }))
  return json(all)
}

export function setLoraAdapters({ body }: HttpRequest<BodyOf<typeof loraAdaptersBody>>, { adapters }: Model): Answer {
  adapters.change(body)
  return json({ success: true })
}
