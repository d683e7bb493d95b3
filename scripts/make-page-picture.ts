// docs/images/page-light.png and page-dark.png, the README's pictures of the page: the built page
// in Chromium, with a conversation defined here, and therefore without a model name and figures.
//   npm run build && npx tsx scripts/make-page-picture.ts
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answered, type Browser, launchBrowser, type Page, send, visit } from '../test/support/browser.ts'
import { chat, startScriptedServer } from '../test/support/scripted-server.ts'

const folder = fileURLToPath(new URL('../docs/images', import.meta.url))
const question = 'How fast does a cria grow? A table and a formula, please.'
const answer = [
  '<think>\nA cria is a young llama.\n</think>\n\n',
  'A cria stands up **within its first hour** and gains about a third of a kilogram a day at first:\n\n',
  '| Age | Weight | What it does |\n|:--|--:|:--|\n| Birth | 11 kg | Stands, then runs |\n| 1 month | 20 kg | Tastes grass |\n',
  '| 6 months | 55 kg | Is weaned |\n\n',
  'With the weight $w_0$ at birth, the first half year is close to\n\n',
  '$$w(t) = w_0 + k\\,t^{\\,0.9}$$\n\n',
  '```python\ndef weight(days: int, birth: float = 11.0) -> float:\n    """Weight in kg, in the first half year."""\n',
  '    return birth + 0.41 * days**0.9\n```\n',
]
/** Title and age in days. */
const older: readonly (readonly [string, number])[] = [
  ['Rename photos by date in bash', 0.01],
  ['Why the sky is dark at night', 0.02],
  ['Packing list for the Andes', 1],
  ['Translate a letter to my landlord', 1],
  ['Regex for ISO dates', 3],
  ['Five ideas for a rainy Sunday', 4],
  ['A bedtime story with a llama', 5],
  ['SQL: the newest row of each group', 12],
]

const browser = await launchBrowser()
if (browser === undefined) throw new Error('there is no Chromium on this machine')
const server = await startScriptedServer()
server.scripts.set('/v1/chat/completions', () => chat(answer))
server.scripts.set('/v1/models', () => ({ json: { data: [{ id: 'your-model.gguf' }] } }))
mkdirSync(folder, { recursive: true })
for (const colorScheme of ['light', 'dark'] as const) await takePicture(browser, colorScheme)
await browser.close()
server.stop()

async function takePicture(browser: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 850 },
    deviceScaleFactor: 1.5,
    locale: 'en-US',
    reducedMotion: 'reduce',
    colorScheme,
  })
  const { page } = await visit(context, server.url)
  await page.evaluate(() =>
    localStorage.setItem('cria.settings', JSON.stringify({ state: { showsNumbers: false }, version: 1 })),
  )
  await page.reload()
  await page.locator('.head .model').waitFor()
  await importOlder(page)
  await send(page, question)
  await answered(page)
  await page.locator('.katex-display').waitFor()
  await page.locator('.hljs-keyword').first().waitFor()
  await page.locator('.scroll').evaluate((box) => box.scrollTo(0, 0))
  await page.waitForTimeout(300)
  await page.screenshot({ path: `${folder}/page-${colorScheme}.png` })
  await context.close()
}

async function importOlder(page: Page): Promise<void> {
  const conversations = older.map(([title, days], i) => {
    const at = Date.now() - days * 86_400_000
    const conversation = { id: `older${i}`, kind: 'chat', title, createdAt: at, updatedAt: at, leafId: null }
    return { conversation, messages: [] }
  })
  const file = JSON.stringify({ format: 'cria-conversations', version: 1, conversations })
  await page.keyboard.press('Control+,')
  await page
    .locator('.settings input[type=file]')
    .setInputFiles({ name: 'older.json', mimeType: 'application/json', buffer: Buffer.from(file) })
  await page.getByText(`Imported: ${older.length}`).waitFor()
  await page.keyboard.press('Control+,')
}
