// Chats of the page with the real server and SmolLM2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { answered, pageTests, send, visit } from '../support/browser.ts'
import { importMany } from '../support/many-conversations.ts'
import { startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const server = await startServer('-m', await smollm2(), '-np', '2', '-n', '400')
const onPage = await pageTests(() => server.url)

const tool = (page: Page, name: string) =>
  page.locator('.message:last-child').getByRole('button', { name, exact: true })

/** Short and the same each time, unless a test says otherwise; for the conversations that are there already as well. */
async function choose(page: Page, sampling: object): Promise<void> {
  await page.evaluate(async (sampling) => {
    localStorage.setItem('cria.settings', JSON.stringify({ state: { sampling }, version: 1 }))
    const opened = indexedDB.open('cria')
    await new Promise((resolve) => opened.addEventListener('success', resolve))
    const tx = opened.result.transaction('conversations', 'readwrite')
    const all = tx.objectStore('conversations').getAll()
    all.onsuccess = () => {
      for (const { shape: _, ...others } of all.result) tx.objectStore('conversations').put(others)
    }
    await new Promise((resolve) => tx.addEventListener('complete', resolve))
    opened.result.close()
  }, sampling)
  await page.reload()
}

test(
  'an answer streams in, is kept, and is there after a reload',
  onPage(async ({ page, errors }) => {
    await choose(page, { temperature: 0, n_predict: 40 })
    await send(page, 'What is the capital of France?')
    await page.locator('.message.assistant[data-state=live]').waitFor()
    const text = await answered(page)
    assert.ok(text.length > 20, text)
    assert.match((await page.locator('.numbers').textContent()) ?? '', /tokens\/s · .+ to first token/)
    assert.equal(await page.locator('.row a').textContent(), 'What is the capital of France?')
    await page.reload()
    assert.equal(await answered(page), text)
    assert.deepEqual(errors, [])
  }),
)

test(
  'an answer can be stopped, continued, and written in another version; one goes back and forth',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0.7, ignore_eos: true, seed: 1 })
    await send(page, 'Tell me a long story about the sea.')
    await page.locator('.message.assistant .markdown').waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    const bubble = page.locator('.message.assistant .bubble')
    await page.getByText('Stopped.').waitFor()
    const stopped = await bubble.innerText()
    await choose(page, { temperature: 0, n_predict: 12 })
    await tool(page, 'Continue').click()
    const continued = await answered(page)
    assert.ok(
      continued.length > stopped.length && continued.startsWith(stopped.trim().slice(0, 40)),
      `${stopped} → ${continued}`,
    )
    await tool(page, 'Regenerate').click()
    await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
    const second = await answered(page)
    await tool(page, 'Previous version').click()
    assert.equal(await answered(page), continued)
    await tool(page, 'Next version').click()
    assert.equal(await answered(page), second)
  }),
)

test(
  'an edited question is a new version with an answer of its own, and both can be deleted',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 8 })
    await send(page, 'Say one word: apple')
    await answered(page)
    const question = page.locator('.message.user')
    await question.getByRole('button', { name: 'Edit', exact: true }).click()
    const box = page.getByRole('textbox', { name: 'Edit message' })
    await box.fill('Say one word: pear')
    await page.locator('.editing').getByRole('button', { name: 'Send', exact: true }).click()
    await question.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
    await answered(page)
    assert.equal(await question.locator('.said').textContent(), 'Say one word: pear')
    await question.getByRole('button', { name: 'Delete this and following messages' }).click()
    await page.locator('.said', { hasText: 'Say one word: apple' }).waitFor()
    assert.equal(await page.getByRole('img', { name: 'Version 2 of 2' }).count(), 0)
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.locator('.said', { hasText: 'Say one word: pear' }).waitFor()
    await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
  }),
)

test(
  'a reload in the middle of an answer keeps what was written, and it can go on',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, ignore_eos: true })
    await send(page, 'Count from one to one hundred in words.')
    await page.waitForFunction(() => (document.querySelector('.assistant .markdown')?.textContent ?? '').length > 80)
    await page.reload()
    await page.getByText('Interrupted: the page was closed.').waitFor()
    const written = async () => (await page.locator('.message.assistant .markdown').textContent()) ?? ''
    const kept = await written()
    assert.ok(kept.length > 80, kept)
    // where it was cut is chance, and the model may want to end there: it may not
    await choose(page, { temperature: 0, ignore_eos: true, n_predict: 40 })
    await tool(page, 'Continue').click()
    await answered(page)
    const text = await written()
    assert.ok(text.length > kept.length, `${kept} → ${text}`)
  }),
)

test(
  'an answer is copied as the model wrote it, without its thoughts',
  onPage(async ({ page, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await choose(page, { temperature: 0, n_predict: 12 })
    await send(page, 'Say something **bold**.')
    await answered(page)
    await page.locator('.message.user').getByRole('button', { name: 'Copy message' }).click()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'Say something **bold**.')
    await tool(page, 'Copy message').click()
    await tool(page, 'Copied').waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    assert.ok(copied.length > 10 && !copied.includes('Say something'), copied)
  }),
)

test(
  'all of it works with the keyboard alone',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 8 })
    await page.locator('.head .model').waitFor()
    /** Presses the tabulator until what has the focus has the name. */
    const tabTo = async (name: RegExp) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab')
        const focused = await page.evaluate(() => {
          const element = document.activeElement!
          return element.getAttribute('aria-label') ?? element.textContent ?? ''
        })
        if (name.test(focused)) return
      }
      assert.fail(`the tabulator leads to nothing with the name ${name}`)
    }
    await page.keyboard.press('/')
    await page.keyboard.type('One word, please')
    await page.keyboard.press('Enter')
    await answered(page)
    await page.locator('#content').focus()
    await tabTo(/^Regenerate$/)
    await page.keyboard.press('Enter')
    await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
    await answered(page)
    await page.locator('#content').focus()
    await tabTo(/^Previous version$/)
    await page.keyboard.press('Enter')
    await page.getByRole('img', { name: 'Version 1 of 2' }).waitFor()
    await page.keyboard.press('Control+k')
    await tabTo(/^Options for/)
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowUp') // from the first entry to the last: Delete
    await page.keyboard.press('Enter')
    await page.locator('.welcome').waitFor()
    await page.locator('#content').focus()
    await page.keyboard.press('Control+z')
    await page.locator('.message.user').waitFor()
    await page.keyboard.press('Control+,')
    await page.getByRole('complementary', { name: 'Settings' }).waitFor()
    await page.keyboard.press('Control+,')
    await page.getByRole('complementary', { name: 'Settings' }).waitFor({ state: 'detached' })
  }),
)

test(
  'an answer goes on while another conversation is looked at, and the list says so',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, ignore_eos: true, n_predict: 150 })
    await send(page, 'Tell me about rivers.')
    await page.locator('.message.assistant .markdown').waitFor()
    await page.getByRole('link', { name: 'New chat' }).click()
    await page.locator('.welcome').waitFor()
    const mark = page.getByRole('img', { name: 'Generating…' })
    await mark.waitFor()
    await mark.waitFor({ state: 'detached' })
    await page.locator('.row a').click()
    assert.ok((await answered(page)).length > 200)
  }),
)

test(
  'with 500 stored conversations the list is whole and searched, and one is taken up again',
  onPage(async ({ page, errors }) => {
    await importMany(page, 500)
    // rows are made as the list is scrolled
    await page.waitForFunction(() => {
      const list = document.querySelector('.conversations')!
      list.scrollTop = list.scrollHeight
      return document.querySelectorAll('.row').length === 500
    })
    await page.getByRole('searchbox', { name: 'Search conversations' }).fill('n437x')
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 1)
    await page.locator('.row a').click()
    await page.locator('.message').getByText('The answer to number 437 is n437x.').waitFor()
    await choose(page, { temperature: 0, n_predict: 8 })
    await send(page, 'Say it again.')
    await answered(page)
    assert.equal(await page.locator('.message').count(), 4)
    assert.equal(await page.locator('.row a').first().textContent(), 'Conversation 437', 'the newest by now')
    assert.deepEqual(errors, [])
  }),
)

test(
  'on a phone: the list slides in, a chat goes on, the settings cover it and change the colours',
  onPage(
    async ({ page, errors }) => {
      await choose(page, { temperature: 0, n_predict: 16 })
      await send(page, 'Name a river.')
      await answered(page)
      await tool(page, 'Regenerate').tap()
      await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
      const second = await answered(page)
      await page.getByRole('button', { name: 'Conversations', exact: true }).tap()
      await page.getByRole('link', { name: 'New chat' }).tap()
      await page.locator('.welcome').waitFor()
      await page.locator('.head').getByRole('button', { name: 'Settings' }).tap()
      await page.getByLabel('Theme').selectOption('dark')
      await page.locator('html[data-theme=dark]').waitFor()
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark')
      await page.getByRole('complementary').getByRole('button', { name: 'Close' }).tap()
      await page.getByRole('button', { name: 'Conversations', exact: true }).tap()
      await page.getByRole('link', { name: 'Name a river.' }).tap()
      assert.equal(await answered(page), second)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
      assert.deepEqual(errors, [])
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'light' },
  ),
)

test(
  'two tabs see the same conversations; one shows what the other writes',
  onPage(async ({ page, context }) => {
    await choose(page, { temperature: 0, n_predict: 30 })
    await send(page, 'Name three colours.')
    const text = await answered(page)
    const other = await visit(context, page.url())
    assert.equal(await answered(other.page), text)
    await send(other.page, 'And three animals.')
    await answered(other.page)
    await page.getByText('And three animals.').waitFor()
    await page.locator('.message').nth(3).waitFor()
    assert.equal(await answered(page), await answered(other.page))
  }),
)

test(
  'what is typed is kept over a reload, and each conversation has its own',
  onPage(async ({ page }) => {
    await choose(page, { n_predict: 4 })
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Not sent yet')
    await page.reload()
    assert.equal(await page.getByRole('textbox', { name: 'Message', exact: true }).inputValue(), 'Not sent yet')
    await page.keyboard.press('Enter')
    await answered(page)
    assert.equal(await page.getByRole('textbox', { name: 'Message', exact: true }).inputValue(), '')
  }),
)

test(
  'what the page asks of the server stays on the server',
  onPage(async ({ page }) => {
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url())
    })
    await choose(page, { n_predict: 8 })
    await send(page, 'Hello')
    await answered(page)
    await page.goto(`${server.url}/#/server`)
    await page.getByText('llama', { exact: false }).first().waitFor()
    assert.deepEqual(elsewhere, [])
  }),
)

test(
  'the first load is less than 230 kB, compressed',
  onPage(async ({ page }) => {
    await page.locator('.welcome').waitFor()
    await page.waitForLoadState('networkidle')
    const bytes = await page.evaluate(() => {
      const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      return loaded.reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0)
    })
    assert.ok(bytes > 50_000 && bytes < 230_000, `${bytes} bytes`)
  }),
)
