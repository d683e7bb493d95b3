// How the page draws what people and models write, and how it behaves under other conditions: print, touch, forced colours.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { axeViolations } from '../support/axe.ts'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, chatWithTokens, gate, startScriptedServer } from '../support/scripted-server.ts'

const server = await startScriptedServer()
after(server.stop)
const onPage = await pageTests(() => server.url)
/** Where screenshots are put to be looked at; none are taken without it. */
const pictures = process.env.CRIA_SCREENSHOTS

const say = (...pieces: readonly string[]) => server.scripts.set('/v1/chat/completions', () => chat(pieces))
const bubble = (page: Page) => page.locator('.message:last-child .bubble')

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png` })
}

test(
  'arrows and roots of formulas have their size, and the policy of the page has nothing to refuse',
  onPage(async ({ page, errors }) => {
    say('$$\\vec{v} = \\sqrt{x^2 + 1} \\quad \\overbrace{a+b}^{c} \\quad \\xrightarrow{f}$$')
    await send(page, 'Vectors')
    await answered(page)
    await page.locator('.katex svg').first().waitFor()
    const widths = await page
      .locator('.katex svg')
      .evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().width))
    await picture(page, 'formula')
    assert.ok(widths.length >= 3 && widths.every((width) => width > 4), String(widths))
    assert.deepEqual(errors, [])
  }),
)

test(
  'single line breaks are kept, in poems of the model and in code and lists of the user',
  onPage(async ({ page }) => {
    say('Roses are red,\nviolets are blue.\n\n1 Main Street\nSpringfield')
    await send(page, 'A poem:\nplease\n\n```js\nconst a = 1\n```\n\n- **one**\n- two')
    await answered(page)
    assert.equal(await bubble(page).locator('br').count(), 2)
    const said = page.locator('.message.user .said')
    await said.locator('.code .hljs-keyword').waitFor()
    assert.equal(await said.locator('li strong').textContent(), 'one')
    assert.equal(await said.locator('p br').count(), 1)
    await picture(page, 'breaks')
  }),
)

test(
  'Arabic, Hebrew and Persian run from right to left, in answers, questions, titles and boxes',
  onPage(async ({ page }) => {
    say(
      'مرحبا بالعالم\n\n- واحد\n- اثنان\n\n> اقتباس\n\nEnglish stays as it is.\n\n| اسم | عمر |\n|--|--|\n| علي | 5 |',
    )
    await send(page, 'שלום, מה שלומך?')
    await answered(page)
    const directions = (selector: string) =>
      page.locator(selector).evaluateAll((all) => all.map((element) => getComputedStyle(element).direction))
    assert.deepEqual(await directions('.message:last-child p'), ['rtl', 'rtl', 'ltr'])
    for (const selector of [
      '.message:last-child ul',
      '.message:last-child blockquote',
      '.message:last-child td:first-child',
      '.said p',
      '.row a span',
      '.head h1',
    ]) {
      assert.deepEqual(await directions(selector), ['rtl'], selector)
    }
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('سلام')
    assert.deepEqual(await directions('.composer textarea'), ['rtl'])
    await picture(page, 'right-to-left')
  }),
)

test(
  'footnotes, sub, sup, kbd and details are elements, and lead where they say',
  onPage(async ({ page }) => {
    say(
      'Water is H<sub>2</sub>O[^1], area m<sup>2</sup>; press <kbd>Ctrl</kbd>+<kbd>C</kbd>.\n\n',
      '<details>\n<summary>More **here**</summary>\n\nHidden\n\n```js\n1\n```\n\n</details>\n\nAfter it.\n\n',
      '[^1]: See *chemistry*.\n\n<sub onclick="x">attributes stay text</sub>\n',
    )
    await send(page, 'Elements')
    await answered(page)
    assert.equal(await bubble(page).locator('sub').textContent(), '2')
    assert.equal(await bubble(page).locator('kbd').count(), 2)
    await bubble(page).getByText('After it.').waitFor()
    const details = bubble(page).locator('details')
    assert.equal(await details.getAttribute('open'), null)
    await details.locator('summary').click()
    await details.getByText('Hidden').waitFor()
    assert.equal(await details.locator('summary strong').textContent(), 'here')
    await page.getByRole('button', { name: 'Footnote 1' }).click()
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), '1 See chemistry.')
    await bubble(page).getByText('<sub onclick="x">').waitFor()
    await picture(page, 'elements')
    assert.deepEqual(await axeViolations(page), [])
  }),
)

test(
  'bold is bold beside the punctuation of Chinese, Japanese and Korean',
  onPage(async ({ page }) => {
    say('**「重要」**です。这是**“关键”**的。**주의:**읽으세요. And **this.** too, 2 ** 3 not.')
    await send(page, 'CJK')
    await answered(page)
    assert.deepEqual(await bubble(page).locator('strong').allTextContents(), ['「重要」', '“关键”', '주의:', 'this.'])
  }),
)

test(
  'printing has the whole conversation and nothing else',
  onPage(async ({ page }) => {
    say(Array.from({ length: 120 }, (_, i) => `Paragraph ${i}.`).join('\n\n'))
    await send(page, 'A long text')
    await answered(page)
    await page.emulateMedia({ media: 'print' })
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    assert.ok(height > 3000, `${height} px`)
    for (const name of ['.sidebar', '.foot', '.tools', '.head .icon-button']) {
      assert.equal(await page.locator(name).first().isVisible(), false, name)
    }
    await picture(page, 'print')
  }),
)

test(
  'on a touch screen Enter makes a line, the button sends, and tools and letters are large enough',
  onPage(
    async ({ page }) => {
      say('Fine.')
      const box = page.getByRole('textbox', { name: 'Message', exact: true })
      await box.fill('One')
      await box.press('Enter')
      await box.pressSequentially('Two')
      assert.equal(await box.inputValue(), 'One\nTwo')
      assert.equal(await box.getAttribute('enterkeyhint'), 'enter')
      await page.getByRole('button', { name: 'Send', exact: true }).tap()
      await answered(page)
      const small = await page.locator('.tools button, .bar button, .head button').evaluateAll((all) =>
        all
          .map((button) => ({ name: button.getAttribute('aria-label'), box: button.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < 44)
          .map(({ name }) => name),
      )
      assert.deepEqual(small, [])
      await page.locator('.head').getByRole('button', { name: 'Settings' }).tap()
      await page.getByRole('searchbox', { name: 'Search settings' }).waitFor()
      const letters = await page
        .locator('input:is([type=search], [type=number], :not([type])):visible, textarea:visible, select:visible')
        .evaluateAll((all) => all.map((element) => Number.parseFloat(getComputedStyle(element).fontSize)))
      assert.ok(Math.min(...letters) >= 16, String(letters))
      await picture(page, 'touch')
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  ),
)

test(
  'in forced colours switches and choices show their state',
  onPage(async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active' })
    await page.locator('.head .model').waitFor()
    await page.keyboard.press('Control+,')
    const knob = page.getByRole('switch', { name: 'Press Enter to send' })
    const look = () =>
      knob.evaluate(
        (element) => `${getComputedStyle(element).backgroundColor} ${getComputedStyle(element).borderColor}`,
      )
    const on = await look()
    await knob.click()
    assert.notEqual(await look(), on)
    const choices = await page
      .locator('.choices span')
      .evaluateAll((all) => all.map((element) => getComputedStyle(element).backgroundColor))
    assert.ok(choices.length === 0 || new Set(choices).size === 2, String(choices))
    await picture(page, 'forced-colours')
    assert.deepEqual(await axeViolations(page), [])
  }),
)

test(
  'a token of whitespace has a name',
  onPage(async ({ page }) => {
    server.scripts.set('/v1/chat/completions', () => chatWithTokens(['A', ' ', 'b', '\n']))
    await send(page, 'Blanks')
    await answered(page)
    assert.equal(await page.getByRole('button', { name: 'Whitespace' }).count(), 2)
    assert.deepEqual(await axeViolations(page), [])
  }),
)

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))

test(
  'the focus stays near after stop, regenerate, edit and delete',
  onPage(async ({ page }) => {
    server.scripts.set('/v1/chat/completions', async function* () {
      yield { choices: [{ delta: { content: 'Begun' } }] }
      await gate().opened
    })
    await send(page, 'Question')
    await page.getByText('Begun').waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).press('Enter')
    await page.getByText('Stopped.').waitFor()
    assert.equal(await focused(page), 'Message')
    await page.locator('.numbers').waitFor() // an answer that was stopped has numbers too
    say('Again.')
    await page.getByRole('button', { name: 'Regenerate' }).press('Enter')
    await answered(page)
    assert.equal(await focused(page), 'Message')
    const edit = page.locator('.message.user').getByRole('button', { name: 'Edit', exact: true })
    await edit.press('Enter')
    await page.getByRole('textbox', { name: 'Edit message' }).press('Escape')
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Edit')
    await edit.press('Enter')
    const box = page.getByRole('textbox', { name: 'Edit message' })
    await box.fill('Another question')
    await box.press('Enter')
    await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
    await answered(page)
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Message')
    const trash = page.locator('.message:last-child').getByRole('button', { name: /^Delete this/ })
    await trash.press('Enter')
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Message')
  }),
)

test(
  'a chat that begins with code is named for the code, and a link to one that is gone says so',
  onPage(async ({ page }) => {
    say('Fine.')
    await send(page, '```python\nprint("hello")\n```')
    await answered(page)
    assert.equal(await page.locator('.row a').textContent(), 'print("hello")')
    await page.goto(`${server.url}#/c/no-such-conversation`)
    await page.getByRole('heading', { name: 'Conversation not found', level: 2 }).waitFor()
    assert.deepEqual(await axeViolations(page), [])
    await page.locator('.gone').getByRole('link', { name: 'New chat' }).click()
    await page.locator('.welcome').waitFor()
  }),
)

test(
  'code that can be scrolled shows a shade at its side',
  onPage(async ({ page }) => {
    say('```\n', 'x'.repeat(300), '\n```\n')
    await send(page, 'Wide')
    await answered(page)
    const shades = await bubble(page)
      .locator('.code pre')
      .evaluate((element) => getComputedStyle(element).backgroundAttachment)
    assert.equal(shades, 'local, local, scroll, scroll')
    await picture(page, 'scrolled')
  }),
)
