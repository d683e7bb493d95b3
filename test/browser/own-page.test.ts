// Pages of one's own through --path, in a real browser: the README's example as it stands, and one that uses all of
// /completion.js and /json-schema-to-grammar.mjs.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { type Json, startServer } from '../support/server.ts'
import { tinyModel } from '../support/tiny-models.ts'

const examplePage = fileURLToPath(new URL('../../examples/page', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cria-own-page-'))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(
  join(folder, 'index.html'),
  `<!doctype html><title>mine</title><script type="module">
  import * as completion from '/completion.js'
  import * as grammar from './json-schema-to-grammar.mjs'
  Object.assign(window, completion, grammar, { isReady: true })
</script>`,
)

const model = tinyModel('tiny-llama')
const example = await startServer('-m', model, '--path', examplePage, '--ignore-eos')
const key = 'schlüssel-ключ'
const mine = await startServer('-m', model, '--path', folder, '--api-key', key)
const browser = await launchBrowser()
after(() => browser?.close())
const skip = browser === undefined ? 'no Chromium on this machine' : false

/** Opens the page; what goes wrong on it is thrown. */
async function open(url: string): Promise<{ readonly page: Page; readonly errors: string[] }> {
  const page = await browser!.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  return { page, errors }
}

test("the README's page shows what the model says, as it comes", { skip }, async () => {
  const page = await browser!.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.addInitScript(() => {
    const pieces: string[] = []
    const { write } = Document.prototype
    Document.prototype.write = function (piece) {
      pieces.push(piece)
      write.call(this, piece)
    }
    Object.assign(window, { pieces })
  })
  const answered = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/completion'))
  await page.goto(example.url)
  await answered
  await page.waitForFunction('window.pieces.length >= 50') // 500 tokens were made; those of half a character share a piece
  const [pieces, shown] = await page.evaluate(() => [
    (window as never as { pieces: string[] }).pieces,
    document.documentElement.textContent ?? '',
  ])
  const words = (text: string) => text.match(/[a-z]{3,}/gi)?.slice(0, 3)
  assert.deepEqual(words(shown), words(pieces.join('')), 'the text that came is what the page shows')
  assert.deepEqual(errors, [])
  await page.close()
})

test('a page has llama, llamaPromise, llamaEventTarget, llamaComplete and llamaModelInfo, with a key', {
  skip,
}, async () => {
  const { page, errors } = await open(mine.url)
  await page.waitForFunction('window.isReady')
  const found: Json = await page.evaluate(async (key) => {
    const { llama, llamaPromise, llamaEventTarget, llamaComplete, llamaModelInfo } = window as never as Json
    const params = { n_predict: 12, temperature: 0, api_key: key }
    const pieces: string[] = []
    for await (const { data } of llama('Hello', params)) pieces.push(data.content)
    const promised = await llamaPromise('Hello', params)
    const done = await new Promise<string>((resolve) =>
      llamaEventTarget('Hello', params).addEventListener('done', (event: Json) => resolve(event.detail.content)),
    )
    let completed = ''
    await llamaComplete({ prompt: 'Hello', ...params }, new AbortController(), (chunk: Json) => {
      completed += chunk.data.content
    })
    const refused = await llamaPromise('Hello', { n_predict: 1 }).catch((error: Error) => error.message)
    const info = await llamaModelInfo({ api_key: key })
    return { nPieces: pieces.length, texts: [pieces.join(''), promised, done, completed], refused, nCtx: info.n_ctx }
  }, key)
  assert.ok(found.nPieces > 3)
  assert.ok(found.texts[0].length > 0)
  assert.equal(new Set(found.texts).size, 1, JSON.stringify(found.texts))
  assert.match(found.refused, /Bearer KEY/)
  assert.equal(found.nCtx, 512)
  assert.deepEqual(errors, [])
  await page.close()
})

test('aborting the controller on a page ends the request, and the only slot is free', { skip }, async () => {
  const { page } = await open(mine.url)
  await page.waitForFunction('window.isReady')
  const name = await page.evaluate(async (key) => {
    const { llama } = window as never as Json
    const controller = new AbortController()
    let n = 0
    try {
      const params = { n_predict: -1, ignore_eos: true, api_key: key }
      for await (const _ of llama('Hello', params, { controller })) if (++n === 5) controller.abort()
    } catch (error) {
      return (error as Error).name
    }
    return 'it ended by itself'
  }, key)
  assert.equal(name, 'AbortError')
  const headers = { 'x-api-key': Buffer.from(key).toString('latin1') }
  const body = JSON.stringify({ prompt: 'Hello', n_predict: 1 })
  assert.equal((await fetch(`${mine.url}/completion`, { method: 'POST', headers, body })).status, 200)
  await page.close()
})

test('a grammar that a page makes of a schema is followed', { skip }, async () => {
  const { page } = await open(mine.url)
  await page.waitForFunction('window.isReady')
  const text = await page.evaluate((key) => {
    const { SchemaConverter, llamaPromise } = window as never as Json
    const converter = new SchemaConverter({ prop_order: { b: 0, a: 1 } })
    converter.visit({ type: 'object', properties: { a: { const: 1 }, b: { const: 2 } }, required: ['a', 'b'] }, '')
    return llamaPromise('Hello', { grammar: converter.formatGrammar(), api_key: key })
  }, key)
  assert.deepEqual(Object.entries(JSON.parse(text)), [
    ['b', 2],
    ['a', 1],
  ])
  await page.close()
})
