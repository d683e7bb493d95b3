// The `prompt` field in all its forms: a string, token ids, a mix of both, or several of these.
import { badField, RequestError } from '../../base/errors.ts'
import { anyInteger, anyOf, array, described, object, string, type ValueOf } from '../../options/schema.ts'
import type { ImageFile } from '../images/image-file.ts'
import type { PromptPart } from '../images/image-prompt.ts'
import type { Model } from '../model/model.ts'
import type { PromptText } from '../text/prepare.ts'
import { encodePrompt, type ImagesEvent } from './images.ts'
import type { PromptTokens } from './request-maker.ts'

const mixed = array(anyOf(string, anyInteger))
/**
 * llama-server's form: `{"prompt_string": …}`, with images in base64 beside it if the model reads
 * images.
 */
const promptObject = object({ prompt_string: string, multimodal_data: array(string) }, ['prompt_string'])

export const promptSchema = described(
  'is not a prompt, nor a list of prompts',
  anyOf(string, mixed, promptObject, array(anyOf(string, mixed, promptObject))),
)

type Mixed = ValueOf<typeof mixed>
type PromptObject = ValueOf<typeof promptObject>
export type Single = string | Mixed | PromptObject
export type PromptField = ValueOf<typeof promptSchema>

/** The maximum number of prompts, inputs or documents of a request: the same as OpenAI's. */
const maxPrompts = 2048

/** A prompt as given, and its parts: texts and token ids, or texts and images. */
export type PromptSource = {
  readonly given: string | Mixed
  readonly content: PromptText | { readonly kind: 'images'; readonly parts: readonly PromptPart<ImageFile>[] }
}

/** A prompt as given, and as token ids; images have virtual ids in their place. */
export type Prompt = PromptTokens & { readonly given: string | Mixed }

/**
 * One prompt, or several: strings in a list are several prompts unless a token id stands among
 * them.
 */
export type Sources = { readonly sources: readonly PromptSource[]; readonly isList: boolean }

/** @throws RequestError for images, and for too many prompts. */
export function readPrompts(
  field: PromptField,
  name: string,
  { addBos = true }: { readonly addBos?: boolean } = {},
): Sources {
  const { singles, isList } = listOf(field, name)
  return { sources: singles.map((single) => readPrompt(single, name, addBos)), isList }
}

/** A prompt of text and token ids. @throws RequestError for images. */
export function readPrompt(single: Single, name: string, addBos = true): PromptSource {
  if (isObject(single) && (single.multimodal_data?.length ?? 0) > 0) {
    throw badField(
      name,
      single.prompt_string,
      'has "multimodal_data", which /completion, /embedding and /embeddings take',
    )
  }
  const given = isObject(single) ? single.prompt_string : single
  const parts = typeof given === 'string' ? [given] : given
  return { given, content: { kind: 'parts', parts, field: name, addSpecial: addBos } }
}

/** The texts among the sources, for the work on texts. */
export function textsOf(sources: readonly PromptSource[]): PromptText[] {
  return sources.flatMap(({ content }) => (content.kind === 'images' ? [] : [content]))
}

/**
 * Encodes the images of the sources, one after the other; reports the progress of each.
 * @param texts the result for `textsOf(sources)`.
 * @throws RequestError as encodePrompt() does.
 */
export async function* promptsOf(
  sources: readonly PromptSource[],
  texts: readonly PromptTokens[],
  model: Model,
  signal: AbortSignal,
): AsyncGenerator<ImagesEvent, Prompt[]> {
  const rest = [...texts]
  const prompts: Prompt[] = []
  for (const { given, content } of sources) {
    if (content.kind === 'images') prompts.push({ given, ...(yield* encodePrompt(content.parts, model, signal)) })
    else prompts.push({ given, tokens: rest.shift()!.tokens })
  }
  return prompts
}

/**
 * The prompts of a route without progress reports. @throws RequestError naming a prompt or an image
 * that cannot be used.
 */
export async function tokenizeSources(
  sources: readonly PromptSource[],
  model: Model,
  signal: AbortSignal,
): Promise<readonly Prompt[]> {
  const { prompts } = await model.prepare({ prompts: textsOf(sources) }, signal)
  const encoding = promptsOf(sources, prompts, model, signal)
  for (;;) {
    const next = await encoding.next()
    if (next.done) return next.value
  }
}

/** @throws RequestError when there are too many. */
export function listOf(field: PromptField, name: string): { singles: readonly Single[]; isList: boolean } {
  const isList = isSeveral(field)
  if (isList) checkNumber(field.length, name)
  return { singles: isList ? field : [field as Single], isList }
}

/** @throws RequestError when a list is longer than allowed. */
export function checkNumber(n: number, name: string): void {
  if (n <= maxPrompts) return
  const message = `Cannot read "${name}": ${n} in one request are more than ${maxPrompts}; send several requests`
  throw new RequestError('invalid_request', message, { param: name })
}

export function isObject(field: PromptField): field is PromptObject {
  return typeof field === 'object' && !isArray(field)
}

/** Array.isArray does not narrow readonly arrays. */
function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isSeveral(field: PromptField): field is readonly Single[] {
  if (typeof field === 'string' || isObject(field)) return false
  if (field.some((item) => typeof item === 'object')) return true
  return field.length > 1 && field.every((item) => typeof item === 'string')
}
