// Prompts with pictures in them: texts and pictures in their order, however a request says where they stand.
import { randomUUID } from 'node:crypto'
import { badField, RequestError } from '../../base/errors.ts'

/** `P` is what stands for a picture: the picture itself, or anything that leads to it. */
export type MediaPart<P> = { readonly text: string } | { readonly picture: P }

/** llama-server's mark of a picture in `prompt_string`. */
export const mediaMarker = '<__media__>'

/** A mark that no text has by chance or by intent, for prompts that go through a template first. */
export function freshMarker(): string {
  return `<__media_${randomUUID()}__>`
}

/**
 * `[img-12]` stands for the picture with the id 12, as often as it is there. Pictures that no mark names go before the text.
 * @param field that the prompt came in, for the message.
 * @throws RequestError 400 at a mark whose picture is not there.
 */
export function partsOfMarks<P>(prompt: string, pictures: ReadonlyMap<number, P>, field: string): MediaPart<P>[] {
  const marks = [...prompt.matchAll(/\[img-(\d+)\]/g)]
  const named = new Set<number>()
  const parts: MediaPart<P>[] = []
  let end = 0
  for (const mark of marks) {
    const id = Number(mark[1])
    const picture = pictures.get(id)
    if (picture === undefined) throw badField(field, mark[0], 'names no picture of "image_data"')
    named.add(id)
    parts.push(...textPart(prompt.slice(end, mark.index)), { picture })
    end = mark.index + mark[0].length
  }
  parts.push(...textPart(prompt.slice(end)))
  const unnamed = [...pictures].filter(([id]) => !named.has(id))
  return [...unnamed.map(([, picture]) => ({ picture })), ...parts]
}

/**
 * Each mark stands for the next picture.
 * @throws RequestError 400 when there are more or fewer marks than pictures.
 */
export function partsOfMarker<P>(
  prompt: string,
  marker: string,
  pictures: readonly P[],
  field: string,
): MediaPart<P>[] {
  const texts = prompt.split(marker)
  if (texts.length - 1 !== pictures.length) {
    const counts = `${texts.length - 1} marks ${marker} for ${pictures.length} pictures`
    throw new RequestError('invalid_request', `Cannot read "${field}": it has ${counts}`, { param: field })
  }
  return texts.flatMap((text, i): MediaPart<P>[] => {
    return i === 0 ? textPart(text) : [{ picture: pictures[i - 1]! }, ...textPart(text)]
  })
}

function textPart(text: string): { readonly text: string }[] {
  return text === '' ? [] : [{ text }]
}
