// The prompts of /completion and of embeddings, pictures in them or not: `image_data` with [img-12] in the text, or llama-server's objects.
import { badField } from '../../../base/errors.ts'
import { TimeSlices } from '../../../base/time-slices.ts'
import { encodePrompt, visionFor } from '../../generate/images.ts'
import {
  isObject,
  listOf,
  type Prompt,
  type PromptField,
  type Prompts,
  readPrompt,
  type Single,
} from '../../generate/prompt.ts'
import { readImageData, readMultimodalData } from '../../images/image-data.ts'
import { type MediaPart, mediaMarker, partsOfMarker, partsOfMarks } from '../../images/media-prompt.ts'
import type { Picture } from '../../images/picture.ts'
import type { Services } from '../../model/model.ts'
import type { VisionProgress } from '../../vision-client/vision-client.ts'

/**
 * Reads and encodes all prompts of a request; says how far it is on the way.
 * @param name of the field of the prompts, for messages.
 * @throws RequestError naming the prompt or the picture that cannot be used.
 */
export async function* mediaPrompts(
  { prompt, imageData }: { readonly prompt: PromptField; readonly imageData: readonly unknown[] },
  services: Services,
  signal: AbortSignal,
  name = 'prompt',
): AsyncGenerator<VisionProgress, Prompts> {
  const { singles, isList } = listOf(prompt, name)
  const byId =
    imageData.length > 0 ? await readImageData(imageData, visionFor('image_data', services).limits) : undefined
  const prompts: Prompt[] = []
  const slices = new TimeSlices()
  for (const single of singles) {
    await slices.pause()
    const parts = await partsOf(single, byId, services, name)
    if (parts === undefined) prompts.push(readPrompt(single, services.tokenizer, true, name))
    else prompts.push({ given: textOf(single)!, ...(yield* encodePrompt(parts, services, signal)) })
  }
  return { prompts, isList }
}

/** @returns undefined for a prompt without pictures. */
async function partsOf(
  single: Single,
  byId: ReadonlyMap<number, Picture> | undefined,
  services: Services,
  name: string,
): Promise<MediaPart<Picture>[] | undefined> {
  if (isObject(single) && single.multimodal_data !== undefined && single.multimodal_data.length > 0) {
    if (byId !== undefined) throw badField(name, single.prompt_string, 'has "multimodal_data" beside "image_data"')
    const field = `${name}.multimodal_data`
    const pictures = await readMultimodalData(single.multimodal_data, field, visionFor(field, services).limits)
    return partsOfMarker(single.prompt_string, mediaMarker, pictures, name)
  }
  if (byId === undefined) return undefined
  const text = textOf(single)
  if (text === undefined) throw badField(name, single, 'is not a string, as it must be beside "image_data"')
  return partsOfMarks(text, byId, name)
}

function textOf(single: Single): string | undefined {
  if (isObject(single)) return single.prompt_string
  return typeof single === 'string' ? single : undefined
}
