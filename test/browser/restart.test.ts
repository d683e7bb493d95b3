// The page while its server goes away and comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, pageTests, send } from '../support/browser.ts'
import { startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const model = await smollm2()
let server = await startServer('-m', model, '-n', '300')
const onPage = await pageTests(() => server.url)

test(
  'a server that stops and comes back loses nothing that was said, and a click asks again',
  onPage(async ({ page }) => {
    await send(page, 'Write a very long poem about the wind.')
    await page.waitForFunction(() => (document.querySelector('.assistant .markdown')?.textContent ?? '').length > 20)
    server.child.kill('SIGKILL')
    await page.getByText("Can't reach the server", { exact: true }).waitFor()
    await page.getByText("Can't reach the server. Retrying…").waitFor()
    const port = new URL(server.url).port
    // a message that is sent meanwhile is kept as well
    await send(page, 'Are you there?')
    await page.locator('.message').nth(3).getByRole('alert').waitFor()
    server = await startServer('-m', model, '-n', '300', '--port', port)
    await page.getByText("Can't reach the server. Retrying…").waitFor({ state: 'detached' })
    await page.locator('.message:last-child').getByRole('button', { name: 'Try again' }).click()
    assert.notEqual(await answered(page), '')
    assert.equal(await page.locator('.message.user').count(), 2)
  }),
)
