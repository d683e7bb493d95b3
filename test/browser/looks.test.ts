// Every view in both colour schemes and on a phone: no violation that axe finds (WCAG 2.2 AA), nothing wider than the window.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { axeViolations } from '../support/axe.ts'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, chatWithTokens, gate, type Script, startScriptedServer } from '../support/scripted-server.ts'

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

/** A reply that thinks and calls two tools, one of them wrongly. */
async function* chatWithCall(): AsyncGenerator<unknown> {
  yield { choices: [{ delta: { reasoning_content: 'I should calculate that.' } }] }
  const call = (index: number, name: string, args: string) => ({
    choices: [{ delta: { tool_calls: [{ index, id: `c${index}`, function: { name, arguments: args } }] } }],
  })
  yield call(0, 'calculate', '{"expression": "6 * 7"}')
  yield call(1, 'calculate', '{"expression": "six times"}')
  yield { choices: [{ delta: {}, finish_reason: 'tool_calls' }] }
}

server.scripts.set('/v1/chat/completions', () => chat(answer))
server.scripts.set('/slots', () => ({
  json: [{ id: 0, n_ctx: 4096, is_processing: true, n_prompt_tokens: 900, n_prompt_tokens_cache: 300, n_decoded: 60 }],
}))
server.scripts.set('/tokenize', () => ({ json: { tokens: [1, 2, 3] } }))
server.scripts.set('/metrics', () => ({ json: metrics }))

type View = { readonly name: string; readonly open: (page: Page) => Promise<void> }

const refusal = (code: number, type: string) => ({ status: code, json: { error: { code, message: 'It broke', type } } })

/** Lets the server answer chats so until the view is open. */
async function whileChatsAre(script: Script, act: () => Promise<void>): Promise<void> {
  server.scripts.set('/v1/chat/completions', script)
  try {
    await act()
  } finally {
    server.scripts.set('/v1/chat/completions', () => chat(answer))
  }
}

/** The same for another path that the page asks when it is opened. */
async function reloadWhile(path: string, script: Script, page: Page, words: string): Promise<void> {
  const before = server.scripts.get(path)!
  server.scripts.set(path, script)
  try {
    await page.reload()
    await page.getByText(words).waitFor()
  } finally {
    server.scripts.set(path, before)
  }
}

async function openRowMenu(page: Page): Promise<void> {
  await send(page, 'Something')
  await answered(page)
  await openMenu(page)
  await page.getByRole('button', { name: /^Options for/ }).click()
  await page.getByRole('button', { name: 'Rename' }).waitFor()
}

const views: readonly View[] = [
  { name: 'welcome', open: (page) => page.locator('.welcome').waitFor() },
  {
    name: 'chat',
    open: (page) =>
      whileChatsAre(
        () => chat(['<think>Let me plan.</think>', ...answer]),
        async () => {
          await send(page, 'Plan a cake')
          await answered(page)
          await page.locator('.katex').first().waitFor()
          await page.locator('.hljs-keyword').first().waitFor()
          await page.getByText(/^Thought/).click()
        },
      ),
  },
  {
    name: 'failure',
    open: (page) =>
      whileChatsAre(
        () => refusal(500, 'server_error'),
        async () => {
          await send(page, 'Fail')
          await page.locator('.message [role=alert]').waitFor()
        },
      ),
  },
  {
    name: 'queue',
    open: (page) =>
      whileChatsAre(
        async function* () {
          yield { queue: { position: 3, waiting: 5 } }
          await gate().opened
        },
        async () => {
          await send(page, 'Wait')
          await page.getByText('3 of 5 in queue').waitFor()
        },
      ),
  },
  {
    name: 'waiting',
    open: (page) =>
      whileChatsAre(
        async function* () {
          yield { choices: [], prompt_progress: { total: 100, cache: 10, processed: 50, time_ms: 1 } }
          await gate().opened
        },
        async () => {
          await send(page, 'Wait')
          await page.getByRole('progressbar').waitFor()
        },
      ),
  },
  {
    name: 'thinking',
    open: (page) =>
      whileChatsAre(
        async function* () {
          yield { choices: [{ delta: { content: '<think>Let me see' } }] }
          await gate().opened
        },
        async () => {
          await send(page, 'Think')
          await page.getByText('Thinking…').click()
          await page.getByText('Let me see').waitFor()
        },
      ),
  },
  {
    name: 'tokens',
    open: (page) =>
      whileChatsAre(
        () => chatWithTokens(['An', ' apple', ',', ' a', ' pear']),
        async () => {
          await send(page, 'Fruits')
          await answered(page)
          await page.locator('.token').nth(1).click()
          await page.getByRole('group', { name: /Alternatives to/ }).waitFor()
        },
      ),
  },
  {
    name: 'edit',
    open: async (page) => {
      await send(page, 'Something')
      await answered(page)
      await page.locator('.message.user').getByRole('button', { name: 'Edit', exact: true }).click()
      await page.getByRole('textbox', { name: 'Edit message' }).waitFor()
    },
  },
  {
    name: 'deleted',
    open: async (page) => {
      await send(page, 'Something')
      await answered(page)
      await page.locator('.message.user').getByRole('button', { name: 'Delete this and following messages' }).click()
      await page.getByRole('button', { name: 'Undo' }).waitFor()
    },
  },
  {
    name: 'loading',
    open: (page) =>
      reloadWhile(
        '/health',
        () => ({ status: 503, json: { status: 'loading model', progress: 0.42 } }),
        page,
        'Loading the model: 42%',
      ),
  },
  {
    name: 'broken',
    open: (page) =>
      reloadWhile('/health', () => refusal(500, 'server_error'), page, "The server can't load its model: It broke"),
  },
  {
    name: 'key',
    open: async (page) => {
      await reloadWhile('/props', () => refusal(401, 'authentication_error'), page, 'This server requires an API key.')
      await page.getByRole('button', { name: 'Enter key' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'text',
    open: async (page) => {
      await openMenu(page)
      await page.getByRole('button', { name: 'New completion' }).click()
      await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Once upon a time')
      await page.getByText('3 tokens').waitFor()
      await page.getByText('Suffix', { exact: true }).click()
    },
  },
  {
    name: 'server',
    open: async (page) => {
      await page.goto(`${server.url}#/server`)
      await page.getByText('Slot 0').waitFor()
      await page.getByText('Chat template').click()
    },
  },
  {
    name: 'settings',
    open: async (page) => {
      await page.locator('.head').getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('complementary', { name: 'Settings' }).waitFor()
      await page.getByRole('tab', { name: 'Prompt and output' }).click()
      await page.getByRole('radio', { name: 'Grammar' }).check()
      await page.getByRole('switch', { name: 'Custom prompt template' }).check()
      await page.getByRole('textbox', { name: 'JSON schema' }).fill('{"type": ')
      await page.locator('.settings .problem').first().waitFor()
    },
  },
  {
    name: 'sampling',
    open: async (page) => {
      await page.locator('.head').getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('tab', { name: 'Sampling' }).click()
      await page.locator('.settings').getByText('Repetition', { exact: true }).click()
    },
  },
  {
    name: 'tools',
    open: (page) =>
      whileChatsAre(
        (body) => (body.messages.at(-1).role === 'tool' ? chat(['It is **42**.']) : chatWithCall()),
        async () => {
          await page.evaluate(() => {
            const state = { tools: ['calculate', 'current_time'] }
            localStorage.setItem('cria.settings', JSON.stringify({ state, version: 1 }))
          })
          await page.reload()
          await send(page, 'What is 6 times 7?')
          await answered(page)
          await page.locator('.tool-card summary').first().click()
          await page.locator('.tool-card pre').first().waitFor()
        },
      ),
  },
  {
    name: 'presets',
    open: async (page) => {
      await page.getByRole('button', { name: /^Preset/ }).click()
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'files',
    open: async (page) => {
      await page
        .locator('.composer input[type=file]')
        .setInputFiles({ name: 'notes.md', mimeType: '', buffer: Buffer.from('# Notes') })
      await page.getByText('7 bytes · 3 tokens').waitFor()
    },
  },
  {
    name: 'keys',
    open: async (page) => {
      await openMenu(page)
      await page.getByRole('button', { name: 'Keyboard shortcuts', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'menu', open: openRowMenu },
  {
    name: 'rename',
    open: async (page) => {
      await openRowMenu(page)
      await page.getByRole('button', { name: 'Rename' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
]

async function openMenu(page: Page): Promise<void> {
  const button = page.locator('.open-menu')
  if (await button.isVisible()) await button.click()
}

type Look = { readonly context: BrowserContextOptions; readonly schemes: readonly Scheme[] }
type Scheme = 'light' | 'dark' | 'forced'

const looks: Readonly<Record<string, Look>> = {
  wide: { context: { viewport: { width: 1280, height: 800 } }, schemes: ['light', 'dark', 'forced'] },
  phone: { context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, schemes: ['light'] },
}

for (const [look, { context, schemes }] of Object.entries(looks)) {
  for (const { name, open } of views) {
    test(
      `${name}, ${look}: axe finds nothing, and nothing is cut off`,
      onPage(
        async ({ page }) => {
          await open(page)
          await page.waitForTimeout(250) // what slides in has arrived
          for (const colorScheme of schemes) {
            await page.emulateMedia(colorScheme === 'forced' ? { forcedColors: 'active' } : { colorScheme })
            await picture(page, `${name}-${look}-${colorScheme}`)
            assert.deepEqual(await axeViolations(page), [])
          }
          assert.deepEqual(await cutOff(page), [])
        },
        { ...context, reducedMotion: 'reduce' },
      ),
    )
  }
}

test(
  'German, the longer language, fits as well: on a phone and beside the settings',
  onPage(
    async ({ page }) => {
      await page.evaluate((state) => localStorage.setItem('cria.settings', JSON.stringify({ state, version: 1 })), {
        language: 'de',
        sampling: { temperature: 1.5 },
        saved: [{ name: 'Eine Vorlage mit einem sehr langen Namen, der nicht passt', shape: {} }],
      })
      for (const width of [360, 820, 1280]) {
        await page.setViewportSize({ width, height: 800 })
        for (const hash of ['', '#/server']) {
          await page.goto(`${server.url}${hash}`)
          await page.reload()
          await page.locator('.head .model').waitFor()
          assert.deepEqual(await cutOff(page), [], `${width} ${hash}`)
          await page.keyboard.press('Control+,')
          await page.getByRole('complementary', { name: 'Einstellungen' }).waitFor()
          await page.getByRole('tab', { name: 'Prompt und Ausgabe' }).click()
          await page.getByRole('radio', { name: 'Grammatik' }).check()
          await picture(page, `german-${width}${hash.replaceAll(/\W/g, '')}`)
          assert.deepEqual(await cutOff(page), [], `${width} ${hash} with settings`)
        }
      }
    },
    { reducedMotion: 'reduce' },
  ),
)

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png` })
}

/** What is wider than its place: the page itself, and words of buttons and heads. Titles may end in an ellipsis. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const names = '.button, .choices span, dialog *, .sections label, .sections legend, h2, .note, .status, .mode'
    const found = [...document.querySelectorAll<HTMLElement>(names)].filter(
      (element) =>
        element.clientWidth > 1 &&
        getComputedStyle(element).display !== 'inline' &&
        element.scrollWidth > element.clientWidth + 1 &&
        !element.matches('.heard, .heard *, pre, input, textarea'),
    )
    const words = found.map(({ outerHTML }) => outerHTML.slice(0, 120))
    const { scrollWidth } = document.documentElement
    return scrollWidth > innerWidth ? [`the page: ${scrollWidth} > ${innerWidth}`, ...words] : words
  })
}
