// The box to write in: files of all kinds, long pastes, and messages that wait. The server's answers are written here.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { axeViolations } from '../support/axe.ts'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, gate, startScriptedServer } from '../support/scripted-server.ts'

const server = await startScriptedServer()
after(server.stop)
server.scripts.set('/tokenize', (body) => ({ json: { tokens: Array.from({ length: body.content.length }) } }))
const onPage = await pageTests(() => server.url)

const say = (...pieces: readonly string[]) => server.scripts.set('/v1/chat/completions', () => chat(pieces))
const box = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true })

type Given = { readonly name: string; readonly type: string; readonly text: string }

/** Hands files or a text over as the user's hand would. */
async function handOver(page: Page, how: 'paste' | 'drop', files: readonly Given[], text = ''): Promise<void> {
  await page.evaluate(
    ({ how, files, text }) => {
      const data = new DataTransfer()
      for (const file of files) data.items.add(new File([file.text], file.name, { type: file.type }))
      if (text !== '') data.setData('text/plain', text)
      const to = document.querySelector('.composer textarea')!
      const common = { bubbles: true, cancelable: true }
      if (how === 'paste') to.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, ...common }))
      else document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, ...common }))
    },
    { how, files, text },
  )
}

test(
  'text files are chips with name, size and tokens; they go with the message, under their names',
  onPage(async ({ page }) => {
    say('Read.')
    await page.locator('.composer input[type=file]').setInputFiles([
      { name: 'notes.md', mimeType: '', buffer: Buffer.from('# Notes\r\nOne') },
      { name: 'data.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') },
    ])
    await page.getByText('12 bytes · 11 tokens').waitFor()
    await handOver(page, 'drop', [{ name: 'page.html', type: 'text/html', text: '<b>bold</b>' }])
    await page.getByText('page.html').waitFor()
    assert.deepEqual(await axeViolations(page), [])
    await page.getByRole('button', { name: 'Remove data.csv' }).click()
    await page.reload()
    assert.deepEqual(await page.locator('.added strong').allTextContents(), ['notes.md', 'page.html'])
    await send(page, 'Sum it up.')
    await answered(page)
    assert.deepEqual(server.asked.at(-1).messages, [
      {
        role: 'user',
        content:
          '<document name="notes.md">\n# Notes\nOne\n</document>\n\n<document name="page.html">\n<b>bold</b>\n</document>\n\nSum it up.',
      },
    ])
    await page.reload()
    await page.locator('.said-file summary').first().click()
    await page.locator('.said-file pre', { hasText: '# Notes' }).waitFor()
    assert.equal(await page.locator('.added li').count(), 0)
    assert.deepEqual(await axeViolations(page), [])
  }),
)

/** A PDF of one page, with a text or, for `undefined`, with a black box. */
function pdf(text: string | undefined): Buffer {
  const drawn = text === undefined ? '20 20 100 100 re f' : `BT /F1 12 Tf 20 100 Td (${text}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const places = objects.map((object, i) => {
    const at = file.length
    file += `${i + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const rows = places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  return Buffer.from(file + table + trailer)
}

test(
  'the text of a PDF goes with the message; a scanned page goes as an image; nothing comes from another host',
  onPage(async ({ page, errors }) => {
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url())
    })
    say('Read.')
    await page.locator('.head .model').waitFor()
    await page.locator('.composer input[type=file]').setInputFiles([
      { name: 'letter.pdf', mimeType: 'application/pdf', buffer: pdf('Dear llama') },
      { name: 'scan.pdf', mimeType: 'application/pdf', buffer: pdf(undefined) },
    ])
    await page.locator('.added img').waitFor()
    await page.getByText('letter.pdf').waitFor()
    await send(page, 'Answer it.')
    await answered(page)
    const { content } = server.asked.at(-1).messages[0]
    assert.match(content[0].image_url.url, /^data:image\/jpeg;base64,/)
    assert.equal(content[1].text, '<document name="letter.pdf">\nDear llama\n</document>\n\nAnswer it.')
    assert.deepEqual(elsewhere, [])
    assert.deepEqual(errors, [])
  }),
)

test(
  'a file that cannot be read says why, by name, however it comes',
  onPage(async ({ page }) => {
    const refusal = (text: string) => page.getByRole('alert').getByText(text)
    await handOver(page, 'drop', [{ name: 'song.mp3', type: 'audio/mpeg', text: 'ID3\0\0' }])
    await refusal("song.mp3: this file isn't text, an image or a PDF.").waitFor()
    await handOver(page, 'paste', [{ name: 'empty.txt', type: 'text/plain', text: '' }])
    await refusal('empty.txt: this file is empty.').waitFor()
    await handOver(page, 'drop', [{ name: 'broken.pdf', type: 'application/pdf', text: '%PDF-1.7 no' }])
    await refusal("broken.pdf: this PDF can't be read.").waitFor()
    assert.equal(await page.locator('.added li').count(), 0)
    assert.deepEqual(await axeViolations(page), [])
  }),
)

test(
  'a long paste becomes a chip, a short one does not',
  onPage(async ({ page }) => {
    say('Fine.')
    await handOver(page, 'paste', [], 'word '.repeat(600))
    await page.getByText('Pasted text').waitFor()
    assert.equal(await box(page).inputValue(), '')
    // the browser itself writes a short one into the box
    const isTaken = await page.evaluate(() => {
      const data = new DataTransfer()
      data.setData('text/plain', 'short')
      const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
      return !document.querySelector('.composer textarea')!.dispatchEvent(event)
    })
    assert.equal(isTaken, false)
    await page.keyboard.press('Enter') // a file alone is a message too
    await answered(page)
    assert.equal(await page.locator('.row a').textContent(), 'Pasted text')
  }),
)

test(
  'messages that are sent while an answer is written wait for its end, are shown, changed, and kept over a reload',
  onPage(async ({ page }) => {
    const writing = gate()
    server.asked.length = 0
    server.scripts.set('/v1/chat/completions', async function* (body) {
      if (body.messages.length === 1) {
        yield { choices: [{ delta: { content: 'First' } }] }
        await writing.opened
      }
      yield* chat([`Answer ${body.messages.length}`])
    })
    await send(page, 'One')
    await page.getByText('First').waitFor()
    for (const text of ['Two', 'Three', 'Four']) {
      await box(page).fill(text)
      await box(page).press('Enter')
    }
    const waiting = page.locator('.queued .words')
    await waiting.nth(2).waitFor()
    assert.deepEqual(await waiting.allTextContents(), ['Two', 'Three', 'Four'])
    assert.deepEqual(await axeViolations(page), [])
    await page.getByRole('button', { name: 'Remove queued message' }).nth(1).click()
    await page.getByRole('button', { name: 'Edit queued message' }).nth(1).click()
    assert.equal(await box(page).inputValue(), 'Four')
    await box(page).fill('Five')
    await box(page).press('Enter')
    writing.open()
    await page.locator('.message').getByText('Answer 5').waitFor()
    assert.deepEqual(
      server.asked.map(({ messages }) => messages.at(-1).content),
      ['One', 'Two', 'Five'],
    )
    assert.equal(await page.locator('.queued').count(), 0)
  }),
)

test(
  'after an answer that failed the messages wait to be sent by hand',
  onPage(async ({ page }) => {
    const writing = gate()
    server.scripts.set('/v1/chat/completions', async function* () {
      yield { choices: [{ delta: { content: 'First' } }] }
      await writing.opened
      yield { error: { code: 500, message: 'it broke', type: 'server_error' } }
    })
    await send(page, 'One')
    await page.getByText('First').waitFor()
    await box(page).fill('Two')
    await box(page).press('Enter')
    await page.locator('.queued').waitFor()
    writing.open()
    await page.locator('.message [role=alert]').waitFor()
    await page.reload()
    say('Better.')
    await page.getByRole('button', { name: 'Send now' }).click()
    await page.locator('.message').getByText('Better.').waitFor()
    assert.equal(await page.locator('.queued').count(), 0)
  }),
)
