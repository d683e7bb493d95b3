// Files → what a message can hold: images as data: URLs, everything else as its text.
import { t, type WordKey } from '../words/words.ts'
import { readImage } from './images.ts'
import type { AddedPart } from './use-draft.ts'

/** Larger files hold more than any context. */
const maxBytes = 20 * 2 ** 20

export class FileProblem extends Error {}

/**
 * @param whyNoImages the reason for which the model is not shown images; undefined when it is.
 * @throws FileProblem that names the file and says why it cannot be added.
 */
export async function readFile(file: File, whyNoImages: WordKey | undefined): Promise<readonly AddedPart[]> {
  const { name, size } = file
  const problem = (word: WordKey) => new FileProblem(`${name}: ${t(word)}`)
  if (file.type.startsWith('image/') && file.type !== 'image/svg+xml') {
    if (whyNoImages !== undefined) throw problem(whyNoImages)
    return [{ kind: 'image', url: await readImage(file).catch(() => Promise.reject(problem('file.badImage'))) }]
  }
  if (size > maxBytes) throw problem('file.tooLarge')
  if (isPdf(file)) {
    const { readPdf } = await import('./pdf.ts')
    const pdf = await readPdf(await file.arrayBuffer(), whyNoImages === undefined).catch(() =>
      Promise.reject(problem('file.badPdf')),
    )
    if (pdf.text.trim() !== '') return [{ kind: 'attachment', name, size, text: pdf.text }]
    if (pdf.images.length > 0) return pdf.images.map((url) => ({ kind: 'image', url }))
    throw problem('file.scanned')
  }
  const text = await readText(file)
  if (text === undefined) throw problem('file.notText')
  if (text.trim() === '') throw problem('file.empty')
  return [{ kind: 'attachment', name, size, text }]
}

function isPdf({ type, name }: File): boolean {
  return type === 'application/pdf' || /\.pdf$/i.test(name)
}

/** @returns undefined for bytes that are not text in UTF-8 or, with its mark, UTF-16. */
async function readText(file: File): Promise<string | undefined> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text.replaceAll('\r\n', '\n')
  } catch {
    return undefined
  }
}
