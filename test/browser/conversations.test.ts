// The list of conversations: names, search, files, and many of them. The server's answers are written here.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { answered, pageTests, send } from '../support/browser.ts'
import { importMany } from '../support/many-conversations.ts'
import { chat, startScriptedServer } from '../support/scripted-server.ts'

const server = await startScriptedServer()
after(server.stop)
server.scripts.set('/v1/chat/completions', () => chat(['An answer about ', 'marmots.']))
const onPage = await pageTests(() => server.url)

const rows = (page: Page) => page.locator('.row > a')
const more = (page: Page, title: string) => page.getByRole('button', { name: `Options for “${title}”` })

async function openSettings(page: Page): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('complementary', { name: 'Settings' }).waitFor()
}

test(
  'a conversation is renamed, found by its title and by what was said, and deleted',
  onPage(async ({ page }) => {
    await send(page, 'First question')
    await answered(page)
    await page.getByRole('link', { name: 'New chat' }).click()
    await send(page, 'Second question')
    await answered(page)
    await more(page, 'First question').click()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('New title').fill('About mountains')
    await page.keyboard.press('Enter')
    await rows(page).filter({ hasText: 'About mountains' }).waitFor()
    const search = page.getByRole('searchbox', { name: 'Search conversations' })
    await search.fill('MOUNT')
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 1)
    await search.fill('marmots')
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 2)
    await search.fill('no such words')
    await page.getByText('No matching conversations').waitFor()
    await search.fill('')
    await more(page, 'Second question').click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 1)
    await page.locator('.welcome').waitFor()
    await page.getByText('“Second question” deleted').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.locator('.said', { hasText: 'Second question' }).waitFor()
    await page.reload()
    assert.equal((await answered(page)).trim(), 'An answer about marmots.')
  }),
)

test(
  'a conversation is exported as JSON and Markdown, and what was exported comes back',
  onPage(async ({ page }) => {
    await send(page, 'Export me')
    await answered(page)
    const save = async (name: string) => {
      await more(page, 'Export me').click()
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
      return { name: download.suggestedFilename(), path: await download.path() }
    }
    const markdown = await save('Export as Markdown')
    assert.equal(markdown.name, 'Export-me.md')
    assert.equal(
      await readFile(markdown.path, 'utf8'),
      '# Export me\n\n## You <!-- cria:user -->\n\nExport me\n\n## Model <!-- cria:assistant -->\n\nAn answer about marmots.\n',
    )
    const json = await save('Export as JSON')
    await openSettings(page)
    await page.getByRole('button', { name: 'Delete all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete all' }).click()
    await page.getByText('Your conversations will be listed here.').waitFor()
    const files = await Promise.all(
      [json, markdown].map(async ({ name, path }) => ({ name, mimeType: '', buffer: await readFile(path) })),
    )
    await page.locator('.settings input[type=file]').setInputFiles(files)
    await page.getByText('Imported: 2').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 2)
    for (const row of await rows(page).all()) {
      await row.click()
      assert.equal((await answered(page)).trim(), 'An answer about marmots.')
      assert.equal(await page.locator('.said').textContent(), 'Export me')
    }
    await page
      .locator('.settings input[type=file]')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}') })
    await page.getByText('"format" is not "cria-conversations"').waitFor()
  }),
)

test(
  'a search shows where the words stand, and leads there, whichever version they are in',
  onPage(async ({ page }) => {
    let n = 0
    const long = Array.from({ length: 60 }, (_, i) => `Line ${i}`).join('\n\n')
    server.scripts.set('/v1/chat/completions', () =>
      chat([n++ === 0 ? 'Long ago there lived a **quokka** on a small island, far away from here.' : long]),
    )
    await send(page, 'Tell me')
    await answered(page)
    await page.getByRole('button', { name: 'Regenerate' }).click()
    await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
    await answered(page)
    await send(page, 'More')
    await answered(page)
    await page.getByRole('link', { name: 'New chat' }).click()
    await search(page).fill('QUOKKA')
    const row = rows(page).first()
    await row.locator('mark').waitFor()
    assert.equal(
      await row.locator('small').innerText(),
      'Long ago there lived a quokka on a small island, far away from here.',
    )
    await row.click()
    await page.getByRole('img', { name: 'Version 1 of 2' }).waitFor()
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('quokka'))
    server.scripts.set('/v1/chat/completions', () => chat(['An answer about ', 'marmots.']))
  }),
)

test(
  'a conversation that is pinned stays on top',
  onPage(async ({ page }) => {
    await send(page, 'First question')
    await answered(page)
    await page.getByRole('link', { name: 'New chat' }).click()
    await page.locator('.welcome').waitFor()
    await send(page, 'Second question')
    await answered(page)
    await more(page, 'First question').click()
    await page.getByRole('button', { name: 'Pin', exact: true }).click()
    await page.getByRole('heading', { name: 'Pinned' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Pinned' }).waitFor()
    assert.deepEqual(await rows(page).allTextContents(), ['First question', 'Second question'])
    await more(page, 'First question').click()
    await page.getByRole('button', { name: 'Unpin' }).click()
    await page.getByRole('heading', { name: 'Pinned' }).waitFor({ state: 'detached' })
  }),
)

test(
  'the model names a chat where that is wanted, and a name that the user gave stays',
  onPage(async ({ page }) => {
    await page.locator('.head .model').waitFor()
    await page.keyboard.press('Control+,')
    await page.getByRole('switch', { name: 'Let the model name chats' }).check()
    server.scripts.set('/v1/chat/completions', (body) =>
      chat([/Write a title/.test(body.messages.at(-1).content) ? '**Title: "Marmots at home"**' : 'Fine.']),
    )
    await send(page, 'Where do marmots live?')
    await rows(page).filter({ hasText: 'Marmots at home' }).waitFor()
    server.asked.length = 0
    await send(page, 'And in winter?')
    await answered(page)
    assert.equal(server.asked.length, 1)
    server.scripts.set('/v1/chat/completions', () => chat(['An answer about ', 'marmots.']))
  }),
)

test(
  "files of other programs are imported as they are, here ChatGPT's",
  onPage(async ({ page, errors }) => {
    const node = (id: string, parent: string | null, role: string, text: string) => ({
      id,
      parent,
      message: { id, author: { role }, create_time: 1_700_000_000, content: { content_type: 'text', parts: [text] } },
    })
    const mapping = { a: node('a', null, 'user', 'Who are you?'), b: node('b', 'a', 'assistant', 'A **helper**.') }
    const file = JSON.stringify([{ title: 'From elsewhere', create_time: 1_700_000_000, mapping, current_node: 'b' }])
    await page.locator('.head .model').waitFor()
    await page.keyboard.press('Control+,')
    await page
      .locator('.settings input[type=file]')
      .setInputFiles({ name: 'conversations.json', mimeType: 'application/json', buffer: Buffer.from(file) })
    await page.getByText('Imported: 1').waitFor()
    await rows(page).filter({ hasText: 'From elsewhere' }).click()
    await page.locator('.message strong', { hasText: 'helper' }).waitFor()
    assert.deepEqual(errors, [])
  }),
)

test(
  'an answer is copied as plain text',
  onPage(async ({ page, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    server.scripts.set('/v1/chat/completions', () => chat(['# Head\n\n- **one**\n- `two`\n']))
    await send(page, 'A list')
    await answered(page)
    await page.getByRole('button', { name: 'Copy as plain text' }).click()
    await page.locator('.tools').getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'Head\n\n- one\n- two')
    server.scripts.set('/v1/chat/completions', () => chat(['An answer about ', 'marmots.']))
  }),
)

const search = (page: Page) => page.getByRole('searchbox', { name: 'Search conversations' })

test(
  'a search finds what was said since the last one, and forgets what was deleted',
  onPage(async ({ page, errors }) => {
    await importMany(page, 2500)
    await search(page).fill('n2437x')
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 1)
    await search(page).fill('marmots')
    await page.getByText('No matching conversations').waitFor()
    await search(page).fill('')
    await send(page, 'What lives up there?')
    await answered(page)
    await search(page).fill('marmots')
    await rows(page).filter({ hasText: 'What lives up there?' }).waitFor()
    await more(page, 'What lives up there?').click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('No matching conversations').waitFor()
    assert.deepEqual(errors, [])
  }),
)

test(
  'the keys work: a new chat, the search, the settings, the list of keys, and editing the last message',
  onPage(async ({ page }) => {
    await send(page, 'Question')
    await answered(page)
    await page.keyboard.press('ArrowUp')
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'search')
    await page.keyboard.press('Alt+n')
    await page.locator('.welcome').waitFor()
    await page.keyboard.press('Control+b')
    await page.getByRole('navigation').waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('button', { name: 'Conversations', exact: true }).click()
    await page.getByRole('navigation').waitFor()
    await page.getByRole('button', { name: 'Close the conversation list' }).click()
    await page.keyboard.press('Control+k')
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'search')
    await page.keyboard.press('Control+,')
    await page.getByRole('complementary', { name: 'Settings' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('complementary', { name: 'Settings' }).waitFor({ state: 'detached' })
    await page.locator('#content').focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'detached' })
  }),
)
