// A real Chromium for tests of the page: the one inside @sparticuz/chromium on Linux x64, else an
// installed one.
import { existsSync } from 'node:fs'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export type { Browser, Page }

const installed: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/usr/bin/google-chrome', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
}

/** @returns undefined when there is no Chromium on this machine. */
export async function launchBrowser(): Promise<Browser | undefined> {
  const executablePath = await findChromium()
  if (executablePath === undefined) return undefined
  // a container lacks user namespaces for the sandbox, and a GPU
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-zygote', '--disable-gpu'] })
}

async function findChromium(): Promise<string | undefined> {
  const given = process.env.CHROME_PATH ?? installed[process.platform]?.find((path) => existsSync(path))
  if (given !== undefined) return given
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const { default: packaged } = await import('@sparticuz/chromium')
  return packaged.executablePath()
}

/** A page with storage of its own. Errors on its console are recorded. */
export type Visit = { readonly page: Page; readonly context: BrowserContext; readonly errors: string[] }

/** The body of a test: it gets a visit of its own. */
export type OnPage = (
  run: (visit: Visit) => Promise<void>,
  options?: BrowserContextOptions,
) => (t: TestContext) => Promise<void>

/**
 * Call it at the top level of a test file: `test('…', onPage(async ({ page }) => …))`.
 * @param url of the server, whose page is open in each test.
 * @returns a function that makes such tests; without a browser they are skipped, by name.
 */
export async function pageTests(url: () => string): Promise<OnPage> {
  const browser = await launchBrowser()
  after(() => browser?.close())
  return (run, options = {}) =>
    async (t) => {
      if (browser === undefined) return t.skip('no Chromium on this machine')
      const standard = { viewport: { width: 1280, height: 800 }, locale: 'en-US', serviceWorkers: 'block' } as const
      const context = await browser.newContext({ ...standard, ...options })
      context.setDefaultTimeout(30_000)
      try {
        await run(await visit(context, url()))
      } finally {
        await context.close()
      }
    }
}

/** Opens the page in a new tab. */
export async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // the browser also logs what the server refuses; the page itself reports it in words
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  await page.goto(url)
  await page.locator('.sidebar').waitFor({ state: 'attached' })
  return { page, context, errors }
}

/**
 * Sends a message; when this returns the page shows it, and the pending answer is the last message.
 */
export async function send(page: Page, text: string): Promise<void> {
  const said = page.locator('.message.user')
  const nBefore = await said.count()
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text)
  const isTouched = await page.evaluate(() => matchMedia('(hover: none) and (pointer: coarse)').matches)
  if (isTouched) await page.getByRole('button', { name: 'Send', exact: true }).tap()
  else await page.keyboard.press('Enter')
  await said.nth(nBefore).waitFor({ state: 'attached' })
  await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('.composer textarea')?.value === '')
}

/** Waits for the end of the answer that is the last message. */
export async function answered(page: Page): Promise<string> {
  await page.locator('.message:last-child.assistant[data-state=done]').waitFor()
  // content that is not painted yet has no text to read
  const text = await page.waitForFunction(() => {
    const text = document.querySelector<HTMLElement>('.message:last-child .bubble')?.innerText ?? ''
    return text.trim() === '' ? undefined : text
  })
  return (await text.jsonValue()) ?? ''
}
