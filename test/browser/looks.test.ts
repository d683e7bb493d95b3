// Every view in both colour schemes and on a phone: no violation that axe finds (WCAG 2.2 AA), nothing wider than the window.
import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, gate, startScriptedServer } from '../support/scripted-server.ts'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const server = await startScriptedServer()
after(server.stop)
const onPage = await pageTests(() => server.url)
/** Where screenshots are put to be looked at; none are taken without it. */
const pictures = process.env.CRIA_SCREENSHOTS

const answer = [
  'Here is **the plan**, with `code` and $e^{i\\pi} = -1$.\n\n',
  '| Step | Time |\n|:--|--:|\n| Mix | 5 min |\n| Bake | 30 min |\n\n',
  '```python\ndef bake(minutes: int) -> str:\n    """Bakes."""\n    return f"{minutes} done"  # warm\n```\n\n',
  '> A quote\n\n1. One\n2. Two [link](https://example.org)\n',
]
const metrics = [
  'llamacpp:prompt_tokens_total 100',
  'llamacpp:tokens_predicted_total 40',
  'llamacpp:requests_processing 1',
  'llamacpp:requests_deferred 0',
].join('\n')

server.scripts.set('/v1/chat/completions', () => chat(['<think>Let me plan.</think>', ...answer]))
server.scripts.set('/slots', () => ({
  json: [{ id: 0, n_ctx: 4096, is_processing: true, n_prompt_tokens: 900, n_prompt_tokens_cache: 300, n_decoded: 60 }],
}))
server.scripts.set('/tokenize', () => ({ json: { tokens: [1, 2, 3] } }))
server.scripts.set('/metrics', () => ({ json: metrics }))

type View = { readonly name: string; readonly open: (page: Page) => Promise<void> }

const views: readonly View[] = [
  { name: 'welcome', open: (page) => page.locator('.welcome').waitFor() },
  {
    name: 'chat',
    open: async (page) => {
      await send(page, 'Plan a cake')
      await answered(page)
      await page.locator('.katex, .hljs-keyword').first().waitFor()
    },
  },
  {
    name: 'failure',
    open: async (page) => {
      server.scripts.set('/v1/chat/completions', () => ({
        status: 500,
        json: { error: { code: 500, message: 'It broke', type: 'server_error' } },
      }))
      await send(page, 'Fail')
      await page.locator('.message [role=alert]').waitFor()
      server.scripts.set('/v1/chat/completions', () => chat(answer))
    },
  },
  {
    name: 'waiting',
    open: async (page) => {
      const never = gate()
      server.scripts.set('/v1/chat/completions', async function* () {
        yield { choices: [], prompt_progress: { total: 100, cache: 10, processed: 50, time_ms: 1 } }
        await never.opened
      })
      await send(page, 'Wait')
      await page.getByRole('progressbar').waitFor()
      server.scripts.set('/v1/chat/completions', () => chat(answer))
    },
  },
  {
    name: 'text',
    open: async (page) => {
      await openMenu(page)
      await page.getByRole('button', { name: 'New text' }).click()
      await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Once upon a time')
      await page.getByText('3 tokens').waitFor()
    },
  },
  {
    name: 'server',
    open: async (page) => {
      await page.goto(`${server.url}#/server`)
      await page.getByText('Slot 0').waitFor()
    },
  },
  {
    name: 'settings',
    open: async (page) => {
      await page.locator('.head').getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('complementary', { name: 'Settings' }).waitFor()
      await page.getByRole('radio', { name: 'Grammar' }).check()
    },
  },
  {
    name: 'keys',
    open: async (page) => {
      await openMenu(page)
      await page.getByRole('button', { name: 'Keys', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'menu',
    open: async (page) => {
      await send(page, 'Something')
      await answered(page)
      await openMenu(page)
      await page.getByRole('button', { name: /^More about/ }).click()
      await page.getByRole('button', { name: 'Rename' }).waitFor()
    },
  },
]

async function openMenu(page: Page): Promise<void> {
  const button = page.locator('.open-menu')
  if (await button.isVisible()) await button.click()
}

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light', reducedMotion: 'reduce' },
  dark: { colorScheme: 'dark', reducedMotion: 'reduce' },
  phone: {
    colorScheme: 'light',
    reducedMotion: 'reduce',
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  },
}

for (const [look, options] of Object.entries(looks)) {
  for (const { name, open } of views) {
    test(
      `${name}, ${look}: axe finds nothing, and nothing is cut off`,
      onPage(async ({ page }) => {
        await open(page)
        await page.waitForTimeout(250) // what slides in has arrived
        if (pictures !== undefined) {
          await mkdir(pictures, { recursive: true })
          await page.screenshot({ path: `${pictures}/${name}-${look}.png` })
        }
        assert.deepEqual(await violations(page), [])
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
        assert.ok(content! <= window!, `${content} > ${window}`)
      }, options),
    )
  }
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is a global of the page
    const result = await (globalThis as any).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return result.violations.flatMap((violation: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`),
    )
  })
}
