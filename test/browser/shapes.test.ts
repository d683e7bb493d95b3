// What shapes the answers of a conversation: its own prompt, sampling, thinking and tools; presets; tools at work.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { answered, pageTests, send } from '../support/browser.ts'
import { type Body, chat, startScriptedServer } from '../support/scripted-server.ts'

const server = await startScriptedServer()
after(server.stop)
const onPage = await pageTests(() => server.url)

const say = (...pieces: readonly string[]) => server.scripts.set('/v1/chat/completions', () => chat(pieces))
const last = (): Body => server.asked.at(-1)

async function openTab(page: Page, name: string): Promise<void> {
  if ((await page.locator('.settings').count()) === 0) await page.keyboard.press('Control+,')
  await page.getByRole('tab', { name }).click()
}

const systemPrompt = (page: Page) => page.getByRole('textbox', { name: 'System prompt' })
const picker = (page: Page) => page.getByRole('button', { name: /^Preset/ })

test(
  'prompt and sampling belong to a conversation; new ones have those of the settings until they are told others',
  onPage(async ({ page }) => {
    say('Fine.')
    await page.locator('.head .model').waitFor()
    await openTab(page, 'Prompt and output')
    await page.getByText('These settings apply to new conversations.').waitFor()
    await systemPrompt(page).fill('Be brief.')
    await send(page, 'One')
    await answered(page)
    assert.equal(last().messages[0].content, 'Be brief.')
    await page.getByText('These settings apply to this conversation only.').waitFor()
    await systemPrompt(page).fill('Be long.')
    await openTab(page, 'Sampling')
    await page.getByRole('slider', { name: 'Temperature' }).fill('1.5')
    await send(page, 'Two')
    await answered(page)
    assert.deepEqual([last().messages[0].content, last().temperature], ['Be long.', 1.5])
    await page.getByRole('link', { name: 'New chat' }).click()
    await page.locator('.welcome').waitFor()
    await send(page, 'Three')
    await answered(page)
    assert.deepEqual([last().messages[0].content, last().temperature], ['Be brief.', undefined])
    await page.getByRole('link', { name: 'One' }).click()
    await page.reload()
    await page.locator('.message').nth(3).waitFor()
    await picker(page).getByText('System prompt, Sampling').waitFor()
    await openTab(page, 'Prompt and output')
    assert.equal(await systemPrompt(page).inputValue(), 'Be long.')
    await page.getByRole('button', { name: 'Use for new conversations' }).click()
    await page.getByRole('link', { name: 'New chat' }).click()
    await page.locator('.welcome').waitFor()
    assert.equal(await systemPrompt(page).inputValue(), 'Be long.')
  }),
)

test(
  'a preset is picked at the box with the keyboard, and its name is shown',
  onPage(async ({ page }) => {
    say('Fine.')
    await page.locator('.head .model').waitFor()
    await openTab(page, 'Prompt and output')
    await systemPrompt(page).fill('Talk like a pirate.')
    await page.getByRole('textbox', { name: 'Preset name' }).fill('Pirate')
    await page.keyboard.press('Enter')
    await picker(page).getByText('Pirate').waitFor()
    await page.keyboard.press('Control+,')
    await picker(page).press('Enter')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await picker(page).getByText('Default').waitFor()
    await send(page, 'One')
    await answered(page)
    assert.equal(last().messages.length, 1)
    await picker(page).press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await picker(page).getByText('Pirate').waitFor()
    await send(page, 'Two')
    await answered(page)
    assert.equal(last().messages[0].content, 'Talk like a pirate.')
    await picker(page).press('Enter')
    await page.keyboard.press('Escape')
    assert.equal(await page.getByRole('menu').count(), 0)
  }),
)

test(
  'where the template of the model has a switch for thinking, or levels, they are offered and sent',
  onPage(async ({ page }) => {
    say('Fine.')
    const props = server.scripts.get('/props')!
    const withTemplate = (template: string) =>
      server.scripts.set('/props', (body, request) => {
        const { json } = props(body, request) as { json: object }
        return { json: { ...json, chat_template: template } }
      })
    const choice = page.getByRole('combobox', { name: 'Thinking' })
    withTemplate('{% if enable_thinking %}')
    await page.reload()
    await choice.selectOption('off')
    await send(page, 'One')
    await answered(page)
    assert.deepEqual(last().chat_template_kwargs, { enable_thinking: false })
    withTemplate('{{ reasoning_effort }}')
    await page.reload()
    await choice.selectOption('high')
    await send(page, 'Two')
    await answered(page)
    assert.deepEqual(last().chat_template_kwargs, { reasoning_effort: 'high' })
    server.scripts.set('/props', props)
    await page.reload()
    await page.locator('.head .model').waitFor()
    assert.equal(await choice.count(), 0)
  }),
)

/** A reply that calls a tool, in pieces. */
async function* calls(name: string, json: string): AsyncGenerator<unknown> {
  yield { choices: [{ delta: { reasoning_content: 'I need a tool.' } }] }
  yield { choices: [{ delta: { tool_calls: [{ index: 0, id: 'call-a', type: 'function', function: { name } }] } }] }
  for (const piece of json.match(/.{1,5}/g) ?? []) {
    yield { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: piece } }] } }] }
  }
  yield { choices: [{ delta: {}, finish_reason: 'tool_calls' }] }
}

test(
  'the model calls a tool, is given the result, and goes on; what it called is shown as a card, over a reload too',
  onPage(async ({ page }) => {
    await page.locator('.head .model').waitFor()
    await openTab(page, 'Prompt and output')
    await page.getByRole('switch', { name: 'Calculator' }).check()
    server.scripts.set('/v1/chat/completions', (body) =>
      body.messages.at(-1).role === 'tool'
        ? chat(['It is ', body.messages.at(-1).content])
        : calls('calculate', '{"expression": "(1 + 2) * sqrt(16) ^ 2"}'),
    )
    await send(page, 'What is it?')
    assert.match(await answered(page), /It is 48/)
    assert.deepEqual(
      last().tools.map((tool: Body) => tool.function.name),
      ['calculate'],
    )
    assert.deepEqual(last().messages.slice(1), [
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          {
            id: 'call-a',
            type: 'function',
            function: { name: 'calculate', arguments: '{"expression": "(1 + 2) * sqrt(16) ^ 2"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call-a', content: '48' },
    ])
    await page.reload()
    const card = page.locator('.tool-card')
    await card.getByText('Done').waitFor()
    await card.locator('summary').click()
    assert.equal(await card.locator('dd').textContent(), '(1 + 2) * sqrt(16) ^ 2')
    assert.equal((await card.locator('pre').textContent())?.trim(), '48')
    await page.getByText('Thought briefly').waitFor()
  }),
)

test(
  'a call that fails says so to the model and to the reader, and a tool that is not enabled is not run',
  onPage(async ({ page }) => {
    await page.locator('.head .model').waitFor()
    await openTab(page, 'Prompt and output')
    await page.getByRole('switch', { name: 'Current time' }).check()
    server.scripts.set('/v1/chat/completions', (body) =>
      body.messages.at(-1).role === 'tool' ? chat(['I see.']) : calls('calculate', '{"expression": "1"}'),
    )
    await send(page, 'What is it?')
    await answered(page)
    const card = page.locator('.tool-card[data-state=failed]')
    await card.getByText('Failed').waitFor()
    assert.equal(last().messages.at(-1).content, 'There is no tool "calculate"')
  }),
)

test(
  'a model that never stops to call tools is stopped',
  onPage(async ({ page }) => {
    await page.locator('.head .model').waitFor()
    await openTab(page, 'Prompt and output')
    await page.getByRole('switch', { name: 'Current time' }).check()
    server.asked.length = 0
    server.scripts.set('/v1/chat/completions', () => calls('current_time', '{}'))
    await send(page, 'What time is it?')
    await page.locator('.message:last-child.assistant[data-state=done]').waitFor()
    assert.equal(server.asked.length, 10)
  }),
)
