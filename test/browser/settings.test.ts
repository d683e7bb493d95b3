// The settings, with the real server: what they send, what they check, and what they keep.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { answered, pageTests, send } from '../support/browser.ts'
import { startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const server = await startServer('-m', await smollm2(), '--temp', '0.6')
const onPage = await pageTests(() => server.url)

async function openSettings(page: Page, words = '', tab = 'General'): Promise<void> {
  await page.locator('.head .model').waitFor()
  await page.keyboard.press('Control+,')
  await page.getByRole('tab', { name: tab }).click()
  await page.getByRole('searchbox', { name: 'Search settings' }).fill(words)
}

/** The body of the next request to a path. */
async function bodyOf(page: Page, path: string, act: () => Promise<void>) {
  const [request] = await Promise.all([page.waitForRequest((one) => new URL(one.url()).pathname === path), act()])
  return request.postDataJSON()
}

const field = (page: Page, name: string) =>
  page.locator('.field-row', { has: page.locator('code', { hasText: new RegExp(`^${name}$`) }) })

test(
  'the default of a field is the server’s; a change is sent, and reset is the default again',
  onPage(async ({ page }) => {
    await openSettings(page, 'temperature')
    const temperature = field(page, 'temperature')
    await temperature.getByText('Default: 0.6').waitFor()
    await temperature.getByRole('slider').fill('1.2')
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('n_predict')
    await field(page, 'n_predict').getByRole('spinbutton').fill('3')
    const body = await bodyOf(page, '/v1/chat/completions', () => send(page, 'Hello'))
    assert.equal(body.temperature, 1.2)
    assert.equal(body.n_predict, 3)
    assert.equal('top_k' in body, false)
    await page.getByText('Stopped at the length limit.').waitFor()
    await page.getByRole('button', { name: 'Reset Max tokens' }).click()
    assert.equal(await field(page, 'n_predict').getByRole('spinbutton').inputValue(), '-1')
  }),
)

test(
  'a number that the server would refuse is called wrong, stays where it was typed, and is not sent',
  onPage(async ({ page }) => {
    await openSettings(page, 'top_p')
    const box = field(page, 'top_p').getByRole('spinbutton')
    await box.fill('5')
    await box.blur()
    await page.getByRole('alert').getByText('Must be between 0 and 1.').waitFor()
    assert.equal(await box.inputValue(), '5')
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('max tokens')
    const tokens = field(page, 'n_predict').getByRole('spinbutton')
    await tokens.fill('2.5')
    await page.getByRole('alert').getByText('Enter a whole number.').waitFor()
    await tokens.fill('2')
    await page.locator('.settings .problem').waitFor({ state: 'detached' })
    const body = await bodyOf(page, '/v1/chat/completions', () => send(page, 'Hello'))
    assert.equal('top_p' in body, false)
    assert.equal(body.n_predict, 2)
  }),
)

test(
  'every field that the specification has for sampling has a control, and the search finds it',
  onPage(async ({ page }) => {
    await openSettings(page, '', 'Sampling')
    const names = [
      ...[
        'temperature',
        'top_k',
        'top_p',
        'min_p',
        'n_predict',
        'n_keep',
        'stop',
        'tfs_z',
        'typical_p',
        'repeat_penalty',
      ],
      ...[
        'repeat_last_n',
        'penalize_nl',
        'presence_penalty',
        'frequency_penalty',
        'penalty_prompt',
        'mirostat',
        'mirostat_tau',
      ],
      ...['mirostat_eta', 'seed', 'ignore_eos', 'logit_bias', 'n_probs', 'slot_id', 'cache_prompt'],
    ]
    for (const name of names) assert.equal(await field(page, name).count(), 1, name)
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('tail free')
    assert.equal(await page.locator('.field-row').count(), 1)
    for (const [words, label] of [
      ['max tokens', 'Max tokens'],
      ['top-p', 'Top P'],
      ['theme', 'Theme'],
      ['dark', 'Theme'],
      ['nucleus', 'Top P'],
    ] as const) {
      await page.getByRole('searchbox', { name: 'Search settings' }).fill(words)
      await page.locator('.settings label', { hasText: label }).first().waitFor()
      assert.ok((await page.locator('.settings section').count()) <= 2, words)
    }
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('no such setting')
    await page.getByText('No matching settings').waitFor()
  }),
)

test(
  'a grammar is checked as it is typed, and the answer follows it',
  onPage(async ({ page }) => {
    await openSettings(page, 'grammar')
    await page.getByRole('radio', { name: 'Grammar' }).check()
    const box = page.getByRole('textbox', { name: 'Grammar (GBNF)' })
    await box.fill('root ::= "yes" | nothing')
    await page.locator('.settings .problem').getByText('nothing').waitFor()
    await box.fill('root ::= "blue" | "green"')
    await page.getByText('Valid', { exact: true }).waitFor()
    await send(page, 'Your favourite colour?')
    assert.match(await answered(page), /^(blue|green)\s*$/)
  }),
)

test(
  'a JSON schema becomes a grammar with the properties in their order, and the answer fits it',
  onPage(async ({ page }) => {
    await openSettings(page, 'JSON')
    await page.getByRole('radio', { name: 'JSON' }).check()
    const schema = page.getByRole('textbox', { name: 'JSON schema' })
    await schema.fill('{"type": "object", ')
    await page.locator('.settings .problem').getByText('Invalid JSON').waitFor()
    await schema.fill('{"type": "string", "pattern": "(?<!a)b"}')
    await page.locator('.settings .problem').getByText('#/pattern: "(?<!a)b" has a lookbehind').waitFor()
    await schema.fill('{"type": "string", "pattern": "^a+$"}')
    await page.locator('.settings .problem').waitFor({ state: 'detached' })
    await schema.fill(
      JSON.stringify({
        type: 'object',
        properties: {
          tags: { type: 'array', items: { enum: ['warm', 'cold'] }, minItems: 1, maxItems: 2 },
          city: { type: 'string', maxLength: 12 },
          size: { type: 'integer' },
        },
        required: ['city', 'tags', 'size'],
      }),
    )
    await page.getByRole('textbox', { name: 'Property order' }).fill('city, size')
    await send(page, 'Describe Oslo.')
    const text = await answered(page)
    const json = JSON.parse(text.slice(text.indexOf('{')))
    assert.deepEqual(Object.keys(json), ['city', 'size', 'tags'])
    assert.equal(typeof json.city, 'string')
    assert.ok(Number.isInteger(json.size))
    for (const tag of json.tags) assert.match(tag, /^(warm|cold)$/)
    await page.getByRole('button', { name: 'Preset: JSON' }).waitFor()
  }),
)

test(
  'an own template makes the prompt, and is saved and used again under a name',
  onPage(async ({ page }) => {
    await openSettings(page, 'template')
    await page.getByRole('switch', { name: 'Custom prompt template' }).check()
    await page.getByRole('textbox', { name: 'User name' }).fill('Ann')
    await page.getByRole('textbox', { name: 'Bot name' }).fill('Ben')
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('A talk of {{user}} and {{char}}.')
    await page.getByRole('textbox', { name: 'Preset name' }).fill('Talk')
    await page.getByRole('button', { name: 'Save as preset' }).click()
    const body = await bodyOf(page, '/completion', () => send(page, 'Hi.'))
    assert.equal(body.prompt, 'A talk of Ann and Ben.\n\nAnn: Hi.\nBen:')
    assert.deepEqual(body.stop, ['</s>', 'Ben:', 'Ann:'])
    await page.getByRole('switch', { name: 'Custom prompt template' }).uncheck()
    await page.getByRole('button', { name: 'Use', exact: true }).click()
    assert.equal(await page.getByRole('switch', { name: 'Custom prompt template' }).isChecked(), true)
  }),
)

test(
  'the system prompt goes ahead; the language and the colours change at once and stay',
  onPage(async ({ page }) => {
    await openSettings(page, '', 'Prompt and output')
    await page.getByRole('textbox', { name: 'System prompt' }).fill('Answer in rhyme.')
    await page.getByRole('tab', { name: 'General' }).click()
    await page.getByLabel('Theme').selectOption('dark')
    await page.getByLabel('Language').selectOption('de')
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
    await page.reload()
    await page.locator('html[lang=de][data-theme=dark]').waitFor()
    await page.getByRole('textbox', { name: 'Nachricht', exact: true }).fill('Hallo')
    const body = await bodyOf(page, '/v1/chat/completions', () => page.keyboard.press('Enter'))
    assert.deepEqual(body.messages, [
      { role: 'system', content: 'Answer in rhyme.' },
      { role: 'user', content: 'Hallo' },
    ])
  }),
)
