// Prompts with or without images: `image_data` with [img-12] in the text, or llama-server's
// objects.
import { badField } from '../../../base/errors.ts'
import { TimeSlices } from '../../../base/time-slices.ts'
import { imageInputFor } from '../../generate/images.ts'
import { isObject, listOf, type PromptField, readPrompt, type Single, type Sources } from '../../generate/prompt.ts'
import { readImageData, readMultimodalData } from '../../images/image-data.ts'
import type { ImageFile } from '../../images/image-file.ts'
import { mediaMarker, type PromptPart, partsOfMarker, partsOfMarks } from '../../images/image-prompt.ts'
import type { Model } from '../../model/model.ts'

/**
 * Reads and checks all prompts and images of a request.
 * @param name the field of the prompts, for errors.
 * @throws RequestError naming the prompt or the image that cannot be used.
 */
export async function readImagePrompts(
  { prompt, imageData }: { readonly prompt: PromptField; readonly imageData: readonly unknown[] },
  model: Model,
  name = 'prompt',
): Promise<Sources> {
  const { singles, isList } = listOf(prompt, name)
  const byId =
    imageData.length > 0 ? await readImageData(imageData, imageInputFor('image_data', model).limits) : undefined
  const sources: Sources['sources'][number][] = []
  const slices = new TimeSlices()
  for (const single of singles) {
    await slices.pause()
    const parts = await partsOf(single, byId, model, name)
    if (parts === undefined) sources.push(readPrompt(single, name))
    else sources.push({ given: textOf(single)!, content: { kind: 'images', parts } })
  }
  return { sources, isList }
}

/** @returns undefined for a prompt without images. */
async function partsOf(
  single: Single,
  byId: ReadonlyMap<number, ImageFile> | undefined,
  model: Model,
  name: string,
): Promise<PromptPart<ImageFile>[] | undefined> {
  if (isObject(single) && single.multimodal_data !== undefined && single.multimodal_data.length > 0) {
    if (byId !== undefined) throw badField(name, single.prompt_string, 'has "multimodal_data" beside "image_data"')
    const field = `${name}.multimodal_data`
    const images = await readMultimodalData(single.multimodal_data, field, imageInputFor(field, model).limits)
    return partsOfMarker(single.prompt_string, mediaMarker, images, name)
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
