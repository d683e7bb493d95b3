// The text of a PDF, by pdf.js; of one that has none, its pages as images. Loaded when the first PDF is added.
// The legacy build: the other one takes browsers of this year only.
import {
  GlobalWorkerOptions,
  getDocument,
  type PDFDocumentProxy,
  type PDFPageProxy,
} from 'pdfjs-dist/legacy/build/pdf.mjs'
import PdfWorker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?worker'

/** A scan of more pages would be more than most models can be shown. */
const maxImages = 8
const imagePixels = 1536

export type PdfContent = { readonly text: string; readonly images: readonly string[] }

/** @param wantsImages whether pages without text are drawn. @throws for what is not a PDF, or needs a password. */
export async function readPdf(data: ArrayBuffer, wantsImages: boolean): Promise<PdfContent> {
  GlobalWorkerOptions.workerPort ??= new PdfWorker()
  const task = getDocument({ data, isEvalSupported: false, useSystemFonts: true })
  try {
    const document = await task.promise
    const pages = await pagesOf(document)
    const texts = await Promise.all(pages.map(textOfPage))
    const text = texts
      .map((page) => page.trim())
      .filter((page) => page !== '')
      .join('\n\n')
    if (text !== '' || !wantsImages) return { text, images: [] }
    return { text, images: await Promise.all(pages.slice(0, maxImages).map(drawPage)) }
  } finally {
    await task.destroy()
  }
}

function pagesOf(document: PDFDocumentProxy): Promise<PDFPageProxy[]> {
  return Promise.all(Array.from({ length: document.numPages }, (_, i) => document.getPage(i + 1)))
}

async function textOfPage(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent()
  return items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
}

async function drawPage(page: PDFPageProxy): Promise<string> {
  const { width, height } = page.getViewport({ scale: 1 })
  const viewport = page.getViewport({ scale: imagePixels / Math.max(width, height) })
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(viewport.width)
  canvas.height = Math.round(viewport.height)
  await page.render({ canvas, viewport }).promise
  return canvas.toDataURL('image/jpeg', 0.9)
}
