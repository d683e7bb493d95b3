// Images with a real server: one that was started with --mmproj, and one that was not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { axeViolations } from '../support/axe.ts'
import { answered, pageTests, send } from '../support/browser.ts'
import { testVisionLibrary } from '../support/libmtmd.ts'
import { pictures } from '../support/pictures.ts'
import { startServer } from '../support/server.ts'
import { tinyModel } from '../support/tiny-models.ts'
import { visionPair } from '../support/vision-models.ts'

const library = await testVisionLibrary()
const skip = 'missing' in library ? library.missing : false
const pair = visionPair('mlp')
const seeing = skip ? undefined : await startServer('-m', pair.model, '--mmproj', pair.mmproj, '-c', '2048', '-n', '4')
const blind = await startServer('-m', tinyModel('tiny-chat'), '-n', '4')
const onSeeing = await pageTests(() => seeing!.url)
const onBlind = await pageTests(() => blind.url)

const png = { name: 'wide.png', mimeType: 'image/png', buffer: Buffer.from(pictures['wide PNG']!) }
const attached = (page: Page) => page.locator('.added li')

/** Hands files over as the user's hand would. */
async function handOver(page: Page, how: 'paste' | 'drop'): Promise<void> {
  await page.evaluate(
    ([how, base64]) => {
      const bytes = Uint8Array.from(atob(base64!), (c) => c.charCodeAt(0))
      const data = new DataTransfer()
      data.items.add(new File([bytes], 'wide.png', { type: 'image/png' }))
      const to = document.querySelector('.composer textarea')!
      const common = { bubbles: true, cancelable: true }
      if (how === 'paste') to.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, ...common }))
      else {
        document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, ...common }))
        requestAnimationFrame(() =>
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, ...common })),
        )
      }
    },
    [how, png.buffer.toString('base64')],
  )
}

test(
  'an image is uploaded, pasted and dropped, one is taken away again, and the model is shown the others',
  { skip },
  onSeeing(async ({ page, errors }) => {
    await page.getByRole('button', { name: 'Add files' }).waitFor()
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Add files' }).click(),
    ])
    await chooser.setFiles(png)
    await attached(page).nth(0).waitFor()
    await handOver(page, 'paste')
    await attached(page).nth(1).waitFor()
    await handOver(page, 'drop')
    await attached(page).nth(2).waitFor()
    await page.locator('.drop-sign').waitFor({ state: 'detached' })
    assert.deepEqual(await axeViolations(page), [])
    await page.getByRole('button', { name: 'Remove image' }).first().click()
    await page.reload()
    await attached(page).nth(1).waitFor()
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.url().endsWith('/v1/chat/completions')),
      send(page, 'What is on them?'),
    ])
    const [message] = request.postDataJSON().messages
    assert.deepEqual(
      message.content.map((part: { type: string }) => part.type),
      ['image_url', 'image_url', 'text'],
    )
    await answered(page)
    assert.equal(await page.locator('.message.user img').count(), 2)
    const before = await answered(page)
    const [continued] = await Promise.all([
      page.waitForRequest((one) => one.url().endsWith('/completion')),
      page.getByRole('button', { name: 'Continue', exact: true }).click(),
    ])
    const { prompt } = continued.postDataJSON()
    const shown = message.content.slice(0, 2).map((part: { image_url: { url: string } }) => part.image_url.url)
    const sent = prompt.multimodal_data.map((base64: string) => `data:image/png;base64,${base64}`)
    assert.ok(sent.join() === shown.join(), 'the same images again')
    assert.match(prompt.prompt_string, /<__media__><__media__>What is on them\?/)
    const after = await answered(page)
    assert.ok(after.length > before.length, `${before} → ${after}`)
    await page.reload()
    await answered(page)
    assert.equal(await page.locator('.message.user img').count(), 2)
    assert.deepEqual(await axeViolations(page), [])
    await page.getByRole('link', { name: 'New chat' }).click()
    await page.locator('.welcome').waitFor()
    assert.equal(await attached(page).count(), 0)
    assert.deepEqual(errors, [])
  }),
)

test(
  'an image that the browser cannot read is refused by name, and nothing is attached',
  { skip },
  onSeeing(async ({ page }) => {
    await page.locator('.head .model').waitFor()
    await page
      .locator('.composer input[type=file]')
      .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') })
    await page.getByRole('alert').getByText("x.png: this image format isn't supported.").waitFor()
    assert.equal(await attached(page).count(), 0)
  }),
)

test(
  'without --mmproj an image is refused with the reason, whether it is chosen, pasted or dropped',
  onBlind(async ({ page }) => {
    const why = "wide.png: This model can't read images. To enable them, start the server with --mmproj."
    const refusal = page.getByRole('alert').getByText(why)
    await page.locator('.head .model').waitFor()
    await page.locator('.composer input[type=file]').setInputFiles(png)
    await refusal.waitFor()
    assert.deepEqual(await axeViolations(page), [])
    for (const how of ['paste', 'drop'] as const) {
      await page.reload()
      await page.locator('.head .model').waitFor()
      await handOver(page, how)
      await refusal.waitFor()
      assert.equal(await attached(page).count(), 0)
    }
  }),
)
