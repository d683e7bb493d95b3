// Prompts with images: texts and images in order, in whichever way a request marks their places.
import { randomUUID } from 'node:crypto'
import { badField, RequestError } from '../../base/errors.ts'

/** `P` stands for an image: the image itself, or anything that leads to it. */
export type PromptPart<P> = { readonly text: string } | { readonly image: P }

/** llama-server's marker of an image in `prompt_string`. */
export const mediaMarker = '<__media__>'

/**
 * A marker that no text contains by chance or by intent, for prompts that go through a template
 * first.
 */
export function freshMarker(): string {
  return `<__media_${randomUUID()}__>`
}

/**
 * `[img-12]` stands for the image with the id 12, wherever it occurs. Images without a mark come
 * before the text.
 * @param field the field of the prompt, for the message.
 * @throws RequestError 400 at a mark without an image.
 */
export function partsOfMarks<P>(prompt: string, images: ReadonlyMap<number, P>, field: string): PromptPart<P>[] {
  const marks = [...prompt.matchAll(/\[img-(\d+)\]/g)]
  const named = new Set<number>()
  const parts: PromptPart<P>[] = []
  let end = 0
  for (const mark of marks) {
    const id = Number(mark[1])
    const image = images.get(id)
    if (image === undefined) throw badField(field, mark[0], 'names no image of "image_data"')
    named.add(id)
    parts.push(...textPart(prompt.slice(end, mark.index)), { image })
    end = mark.index + mark[0].length
  }
  parts.push(...textPart(prompt.slice(end)))
  const unnamed = [...images].filter(([id]) => !named.has(id))
  return [...unnamed.map(([, image]) => ({ image })), ...parts]
}

/**
 * Each marker stands for the next image.
 * @throws RequestError 400 when there are more or fewer markers than images.
 */
export function partsOfMarker<P>(prompt: string, marker: string, images: readonly P[], field: string): PromptPart<P>[] {
  const texts = prompt.split(marker)
  if (texts.length - 1 !== images.length) {
    const counts = `${texts.length - 1} marks ${marker} for ${images.length} images`
    throw new RequestError('invalid_request', `Cannot read "${field}": it has ${counts}`, { param: field })
  }
  return texts.flatMap((text, i): PromptPart<P>[] => {
    return i === 0 ? textPart(text) : [{ image: images[i - 1]! }, ...textPart(text)]
  })
}

function textPart(text: string): { readonly text: string }[] {
  return text === '' ? [] : [{ text }]
}
