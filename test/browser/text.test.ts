// Texts that the model continues, and token probabilities, with the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { answered, pageTests, send } from '../support/browser.ts'
import { startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'
import { tinyModel } from '../support/tiny-models.ts'

const server = await startServer('-m', await smollm2())
const filler = await startServer('-m', tinyModel('tiny-fim'), '-c', '256')
const onPage = await pageTests(() => server.url)

async function choose(page: Page, sampling: object): Promise<void> {
  await page.evaluate((sampling) => {
    localStorage.setItem('cria.settings', JSON.stringify({ state: { sampling }, version: 1 }))
  }, sampling)
  await page.reload()
}

const box = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test(
  'a text is continued in place, undone and done again, and kept',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 12 })
    await button(page, 'New completion').click()
    await box(page).fill('Once upon a time')
    await button(page, 'Continue').click()
    await button(page, 'Undo').and(page.locator(':enabled')).waitFor()
    const text = await box(page).inputValue()
    assert.ok(text.startsWith('Once upon a time') && text.length > 30, text)
    await page.getByText(/^\d+ tokens$/).waitFor()
    await button(page, 'Undo').click()
    assert.equal(await box(page).inputValue(), 'Once upon a time')
    await button(page, 'Redo').click()
    assert.equal(await box(page).inputValue(), text)
    await box(page).press('End')
    await box(page).pressSequentially(' Typed.')
    await page.reload()
    assert.equal((await box(page).inputValue()).includes(' Typed.'), true)
  }),
)

test(
  'where the model cannot fill gaps the box is greyed and says why, and the text is continued all the same',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 4 })
    await button(page, 'New completion').click()
    await box(page).fill('function add(')
    await page.getByText('Suffix', { exact: true }).click()
    await page.getByText("This model doesn't support fill-in-the-middle.").waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Suffix', exact: true }).isDisabled(), true)
    await button(page, 'Continue').click()
    await button(page, 'Undo').and(page.locator(':enabled')).waitFor()
    assert.match(await box(page).inputValue(), /^function add\(./)
  }),
)

test(
  'where it can, the gap is filled: the text grows, what follows stays',
  onPage(async ({ page }) => {
    await page.goto(filler.url)
    await choose(page, { temperature: 0, n_predict: 8 })
    await button(page, 'New completion').click()
    await box(page).fill('Once upon a time')
    await page.getByText('Suffix', { exact: true }).click()
    const after = page.getByRole('textbox', { name: 'Suffix', exact: true })
    await after.fill('The end.')
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.url() === `${filler.url}/infill`),
      button(page, 'Continue').click(),
    ])
    const { input_prefix: prefix, input_suffix: suffix } = request.postDataJSON()
    assert.deepEqual([prefix, suffix], ['Once upon a time', 'The end.'])
    await button(page, 'Undo').and(page.locator(':enabled')).waitFor()
    assert.match(await box(page).inputValue(), /^Once upon a time./s)
    assert.equal(await after.inputValue(), 'The end.')
    await button(page, 'Undo').click()
    assert.equal(await box(page).inputValue(), 'Once upon a time')
  }),
)

test(
  'what is typed after tokens were shown is never taken back by choosing one: they go',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 4, n_probs: 2 })
    await button(page, 'New completion').click()
    await box(page).fill('The sea is')
    await button(page, 'Continue').click()
    await page.locator('.token').nth(3).waitFor()
    await button(page, 'Continue').waitFor()
    await box(page).press('ControlOrMeta+End')
    await box(page).pressSequentially(' My words.')
    assert.equal(await page.locator('.token').count(), 0)
    assert.match(await box(page).inputValue(), /My words\.$/)
  }),
)

test(
  'in a text, choosing another token continues from there',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 6, n_probs: 3 })
    await button(page, 'New completion').click()
    await box(page).fill('The sky is')
    await button(page, 'Continue').click()
    const tokens = page.locator('.token')
    await tokens.nth(5).waitFor()
    await button(page, 'Continue').waitFor()
    const before = await box(page).inputValue()
    await tokens.nth(1).click()
    const others = page.locator('.alternatives button')
    assert.equal(await others.count(), 3)
    await others.nth(1).click()
    await page.waitForFunction(
      (before) =>
        document.querySelector<HTMLTextAreaElement>('.writing')?.value !== before &&
        document.querySelectorAll('.token').length >= 6,
      before,
    )
    await button(page, 'Continue').waitFor()
    const after = await box(page).inputValue()
    const kept = `The sky is${await tokens.nth(0).textContent()}`
    assert.ok(after.startsWith(kept) && before.startsWith(kept), `${before} → ${after}`)
    await button(page, 'Undo').click()
    assert.equal(await box(page).inputValue(), 'The sky is')
  }),
)

test(
  'in a chat, tokens show their alternatives, and one of them begins a new version',
  onPage(async ({ page }) => {
    await choose(page, { temperature: 0, n_predict: 8, n_probs: 4 })
    await send(page, 'Name a fruit.')
    const first = await answered(page)
    const tokens = page.locator('.token')
    assert.ok((await tokens.count()) >= 2)
    await button(page, 'Hide token probabilities').click()
    assert.equal(await tokens.count(), 0)
    await button(page, 'Token probabilities').click()
    await tokens.nth(0).hover()
    await page.getByRole('group', { name: /Alternatives to/ }).waitFor()
    await tokens.nth(0).click()
    const other = page.locator('.alternatives button').nth(1)
    const word = await other.locator('code').innerText()
    await other.click()
    await page.getByRole('img', { name: 'Version 2 of 2' }).waitFor()
    const second = await answered(page)
    assert.notEqual(second, first)
    assert.ok(second.trim().startsWith(word.replaceAll('␣', ' ').trim()), `${word} → ${second}`)
  }),
)
