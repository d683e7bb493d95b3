// docs/images/page.png, the README's picture of the page: the built page in Chromium, with a conversation that is written here.
//   npm run build && npx tsx scripts/make-page-picture.ts
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answered, launchBrowser, send, visit } from '../test/support/browser.ts'
import { chat, startScriptedServer } from '../test/support/scripted-server.ts'

const path = fileURLToPath(new URL('../docs/images/page.png', import.meta.url))
const answer = [
  'A cria is a **baby llama or alpaca**. It stands up within an hour and weighs about 9 kg at birth.\n\n',
  '| Age | Weight |\n|:--|--:|\n| 1 day | 9 kg |\n| 6 months | 45 kg |\n\n',
  'Growth over time is roughly $w(t) = w_0 + k\\sqrt{t}$, which in Python is:\n\n',
  '```python\ndef weight(days: int) -> float:\n    """Weight in kg."""\n    return 9 + 2.7 * days**0.5\n```\n',
]
const older = [
  'Five ideas for a rainy Sunday',
  'How rainbows form',
  'Rename files by date in bash',
  'Packing list for the Andes',
]

const browser = await launchBrowser()
if (browser === undefined) throw new Error('there is no Chromium on this machine')
const server = await startScriptedServer()
server.scripts.set('/v1/chat/completions', () => chat(answer))
server.scripts.set('/v1/models', () => ({ json: { data: [{ id: 'SmolLM2-135M-Instruct' }] } }))
const context = await browser.newContext({
  viewport: { width: 1200, height: 800 },
  locale: 'en-US',
  reducedMotion: 'reduce',
})
const { page } = await visit(context, server.url)
for (const question of [...older, 'What is a cria?']) {
  await page.getByRole('link', { name: 'New chat' }).click()
  await send(page, question)
  await answered(page)
}
await page.locator('.katex').first().waitFor()
await page.locator('.hljs-keyword').first().waitFor()
await page.locator('.scroll').evaluate((box) => box.scrollTo(0, 0))
await page.waitForTimeout(300)
mkdirSync(dirname(path), { recursive: true })
await page.screenshot({ path })
await browser.close()
server.stop()
