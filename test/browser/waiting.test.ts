// What the page shows while an answer does not come yet, or does not come at all. The server says what each test wrote for it.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, gate, startScriptedServer, timings } from '../support/scripted-server.ts'

const server = await startScriptedServer()
after(server.stop)
const onPage = await pageTests(() => server.url)

const chats = (script: Parameters<typeof server.scripts.set>[1]) => server.scripts.set('/v1/chat/completions', script)
const refusal = (code: number, type: string, message: string) => ({
  status: code,
  json: { error: { code, message, type } },
})

test(
  'how far images are read, the place in the queue, then the progress of the prompt, then the answer',
  onPage(async ({ page }) => {
    const [looking, queued, next, reading] = [gate(), gate(), gate(), gate()]
    chats(async function* () {
      yield { choices: [{ index: 0, delta: {} }], image_progress: { processed: 1, total: 5 } }
      await looking.opened
      yield { queue: { position: 3, waiting: 5 } }
      await queued.opened
      yield { queue: { position: 1, waiting: 5 } }
      await next.opened
      yield { choices: [], prompt_progress: { total: 2000, cache: 500, processed: 1000, time_ms: 10 } }
      await reading.opened
      yield* chat(['Here ', 'I am.'])
    })
    await send(page, 'Hello')
    await page.getByRole('progressbar', { name: 'Processing images: part 2 of 5' }).waitFor()
    looking.open()
    await page.getByText('3 of 5 in queue').waitFor()
    queued.open()
    await page.getByText('Next in queue').waitFor()
    next.open()
    const bar = page.getByRole('progressbar', { name: 'Processing prompt: 1,000 of 2,000 tokens' })
    await bar.waitFor()
    assert.equal(await bar.getAttribute('value'), '1000')
    await page.getByText('500 cached').waitFor()
    reading.open()
    assert.equal((await answered(page)).trim(), 'Here I am.')
  }),
)

test(
  'a text that waits says the same: its place, its prompt, and a refusal that keeps what was typed',
  onPage(async ({ page }) => {
    const [queued, reading] = [gate(), gate()]
    server.scripts.set('/tokenize', () => ({ json: { tokens: [1] } }))
    server.scripts.set('/completion', async function* () {
      yield { queue: { position: 2, waiting: 4 } }
      await queued.opened
      yield { content: '', prompt_progress: { total: 300, cache: 0, processed: 120, time_ms: 10 } }
      await reading.opened
      yield { content: ' there', stop: false }
      yield { content: '', stop: true, stop_type: 'eos', timings }
    })
    await page.getByRole('button', { name: 'New completion' }).click()
    const box = page.getByRole('textbox', { name: 'Text', exact: true })
    await box.fill('Over')
    await page.keyboard.press('Control+Enter')
    await page.getByText('2 of 4 in queue').waitFor()
    queued.open()
    await page.getByRole('progressbar', { name: 'Processing prompt: 120 of 300 tokens' }).waitFor()
    reading.open()
    await page.getByRole('button', { name: 'Continue', exact: true }).waitFor()
    assert.equal(await box.inputValue(), 'Over there')
    server.scripts.set('/completion', async function* () {
      yield { content: '', stop: true, stop_type: 'eos', timings }
    })
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    await page.getByText('End of text.').waitFor()
    server.scripts.set('/completion', () => refusal(429, 'unavailable_error', 'The queue is full'))
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    await page.getByRole('alert').getByText('The queue is full').waitFor()
    assert.equal(await box.inputValue(), 'Over there')
  }),
)

test(
  'progress is asked for; a server that refuses the field is asked without it',
  onPage(async ({ page }) => {
    server.asked.length = 0
    chats((body) => {
      if ('return_progress' in body)
        return refusal(400, 'not_supported_error', 'Cannot read "return_progress": not served yet')
      return chat(['Fine.'])
    })
    await send(page, 'Hello')
    assert.equal((await answered(page)).trim(), 'Fine.')
    assert.deepEqual(
      server.asked.map((body) => body.return_progress),
      [true, undefined],
    )
  }),
)

test(
  'thoughts are folded, whether the page or the server splits them',
  onPage(async ({ page }) => {
    chats(() => chat(['<thi', 'nk>\nHidden ', 'thought</thi', 'nk>\n\n', 'Shown ', 'answer']))
    await send(page, 'One')
    assert.match(await answered(page), /^Thought .+\s+Shown answer$/)
    await page.getByText(/^Thought/).click()
    await page.getByText('Hidden thought').waitFor()
    chats(async function* () {
      yield { choices: [{ delta: { reasoning_content: 'Split by the server' } }] }
      yield* chat(['Second answer'])
    })
    await send(page, 'Two')
    await page.getByText('Second answer', { exact: true }).waitFor()
    assert.match(await answered(page), /^Thought .+\s+Second answer$/)
    const sent = server.asked.at(-1)!.messages
    assert.deepEqual(sent[1], { role: 'assistant', content: 'Shown answer' })
  }),
)

test(
  'an answer without a word says that it is one',
  onPage(async ({ page }) => {
    chats(() => chat([]))
    await send(page, 'Hello')
    await page.getByText('The model returned an empty response.').waitFor()
    chats(() => chat(['Now I do.']))
    await page.getByRole('button', { name: 'Regenerate' }).click()
    await page.getByText('Now I do.', { exact: true }).waitFor()
  }),
)

for (const [status, type, title] of [
  [503, 'unavailable_error', "The model isn't ready"],
  [429, 'unavailable_error', 'The server is busy'],
  [400, 'exceed_context_size_error', 'The conversation is longer than the context'],
  [400, 'invalid_request_error', 'The server refused the request'],
  [500, 'server_error', 'Something went wrong'],
] as const) {
  test(
    `an error ${status} ${type} is told as “${title}”, and a click tries again`,
    onPage(async ({ page }) => {
      chats(() => refusal(status, type, 'in the words of the server'))
      await send(page, 'A question that must not be lost')
      const alert = page.locator('.message [role=alert]')
      await alert.getByText(title).waitFor()
      await alert.getByText('in the words of the server').waitFor()
      await page.locator('.said', { hasText: 'A question that must not be lost' }).waitFor()
      chats(() => chat(['Now it works.']))
      await alert.getByRole('button', { name: 'Try again' }).click()
      assert.equal((await answered(page)).trim(), 'Now it works.')
    }),
  )
}

test(
  'a stream that breaks off, or tells an error, keeps what came',
  onPage(async ({ page }) => {
    chats(async function* () {
      yield { choices: [{ delta: { content: 'The first half' } }] }
      yield { error: { code: 503, message: 'the engine was restarted', type: 'unavailable_error' } }
    })
    await send(page, 'One')
    await page.locator('.message [role=alert]').getByText('the engine was restarted').waitFor()
    await page.getByText('The first half').waitFor()
    chats(async function* () {
      yield { choices: [{ delta: { content: 'Cut' } }] }
    })
    await send(page, 'Two')
    await page.locator('.message').nth(3).getByText("Can't reach the server").waitFor()
  }),
)

test(
  'while the model loads the page says how far it is, and goes on by itself',
  onPage(async ({ page }) => {
    let isLoading = true
    const ready = server.scripts.get('/health')!
    server.scripts.set('/health', () =>
      isLoading
        ? { status: 503, json: { status: 'loading model', progress: 0.42, error: { code: 503 } } }
        : { json: { status: 'ok' } },
    )
    await page.reload()
    await page.getByText('Loading the model: 42%').waitFor()
    isLoading = false
    await page.getByText('Loading the model: 42%').waitFor({ state: 'detached' })
    server.scripts.set('/health', ready)
  }),
)

test(
  'an API key is asked for, kept in the browser, and sent',
  onPage(async ({ page }) => {
    const props = server.scripts.get('/props')!
    server.scripts.set('/props', (body, request) =>
      request.headers.authorization === 'Bearer secret'
        ? props(body, request)
        : refusal(401, 'authentication_error', 'An API key is needed'),
    )
    await page.reload()
    await page.getByRole('button', { name: 'Enter key' }).click()
    await page.getByLabel('Key', { exact: true }).fill('secret')
    await page.keyboard.press('Enter')
    await page.getByText('This server requires an API key.').waitFor({ state: 'detached' })
    await page.reload()
    await page.locator('.head .model').waitFor()
    assert.equal(await page.getByText('This server requires an API key.').count(), 0)
    server.scripts.set('/props', props)
  }),
)

test(
  'an answer says which model wrote it, once the server has another',
  onPage(async ({ page }) => {
    chats(() => chat(['Written.']))
    await page.locator('.head .model').waitFor()
    await send(page, 'Hello')
    await answered(page)
    assert.doesNotMatch((await page.locator('.numbers').textContent()) ?? '', /scripted-model/)
    const models = server.scripts.get('/v1/models')!
    server.scripts.set('/v1/models', () => ({ json: { data: [{ id: 'folder/another-model.gguf' }] } }))
    await page.reload()
    await page.locator('.head .model', { hasText: 'another-model' }).waitFor()
    assert.match((await page.locator('.numbers').textContent()) ?? '', /^scripted-model · /)
    server.scripts.set('/v1/models', models)
  }),
)

test(
  'an image is attached by paste and sent with the message',
  onPage(async ({ page }) => {
    chats(() => chat(['A dot.']))
    await page.locator('.head .model').waitFor()
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(4, 4)
      canvas.getContext('2d')!.fillRect(0, 0, 4, 4)
      const data = new DataTransfer()
      data.items.add(new File([await canvas.convertToBlob()], 'dot.png', { type: 'image/png' }))
      document
        .querySelector('.composer textarea')!
        .dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    })
    await page.getByRole('button', { name: 'Remove image' }).waitFor()
    await send(page, 'What is this?')
    await answered(page)
    const [message] = server.asked.at(-1)!.messages
    assert.match(message.content[0].image_url.url, /^data:image\/png;base64,/)
    assert.deepEqual(message.content[1], { type: 'text', text: 'What is this?' })
  }),
)
