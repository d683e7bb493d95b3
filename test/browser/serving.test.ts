// The page as the flags of the server make it: with a key, behind a prefix, replaced, or not there at all.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { answered, pageTests, send } from '../support/browser.ts'
import { startServer } from '../support/server.ts'
import { tinyModel } from '../support/tiny-models.ts'

const model = tinyModel('tiny-chat')
const dir = mkdtempSync(join(tmpdir(), 'cria-own-page-'))
after(() => rmSync(dir, { recursive: true }))
writeFileSync(
  join(dir, 'index.html'),
  `<!doctype html><title>mine</title><body><div class="sidebar">mine</div><script>document.title = 'ran'</script></body>`,
)
const server = await startServer('-m', model, '-n', '4', '--api-key', 'secret')
const proxy = await startProxy(server.url)
after(proxy.stop)
const replaced = await startServer('-m', model, '--path', dir)
const bare = await startServer('-m', model, '--no-ui')
const onPage = await pageTests(() => proxy.url)
const onOwnPage = await pageTests(() => replaced.url)

test(
  'behind a prefix the page asks for the key that the server wants, says when it is wrong, and keeps it in the browser',
  onPage(async ({ page, errors }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const question = page.getByText('This server requires an API key.')
    await question.waitFor()
    await page.getByRole('button', { name: 'Enter key' }).click()
    await page.getByLabel('Key', { exact: true }).fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('The server rejected this key.').waitFor()
    await page.getByText('This server rejected the API key.').waitFor({ state: 'attached' })
    await page.getByLabel('Key', { exact: true }).fill('secret')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('.status').waitFor({ state: 'detached' })
    await send(page, 'Hello')
    await answered(page)
    await page.reload()
    await answered(page)
    assert.equal(await question.count(), 0)
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(proxy.url)),
      [],
    )
    assert.deepEqual(await page.context().cookies(), [])
    assert.deepEqual(errors, [])
  }),
)

test(
  'the policy of the page lets no inline script run',
  onPage(async ({ page, errors }) => {
    const response = await page.request.get(proxy.url)
    assert.doesNotMatch(response.headers()['content-security-policy']!, /unsafe/)
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.hacked = 1'
      document.body.append(script)
      const image = document.createElement('img')
      image.setAttribute('onerror', 'window.hacked = 2')
      image.src = 'data:image/png;base64,AA=='
      document.body.append(image)
    })
    await page.waitForTimeout(200)
    assert.equal(await page.evaluate(() => 'hacked' in window), false)
    assert.ok(errors.some((error) => error.includes('Content Security Policy')))
  }),
)

test(
  '--path replaces the page, whose inline scripts are its own affair',
  onOwnPage(async ({ page, errors }) => {
    assert.equal(await page.title(), 'ran')
    const headers = (await page.request.get(replaced.url)).headers()
    assert.equal(headers['content-security-policy'], undefined)
    assert.deepEqual(errors, [])
  }),
)

test(
  '--no-ui turns it off',
  onOwnPage(async ({ page }) => {
    const response = await page.goto(`${bare.url}/`)
    assert.equal(response?.status(), 404)
    assert.equal((await page.goto(`${bare.url}/health`))?.status(), 200)
  }),
)

/** Serves another server below a prefix, as a reverse proxy does. */
async function startProxy(target: string): Promise<{ readonly url: string; readonly stop: () => void }> {
  const proxy = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming
    if (!url.startsWith('/llm/')) return outgoing.writeHead(404).end()
    const passed = request(target + url.slice('/llm'.length), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    proxy.closeAllConnections()
    proxy.close()
  }
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/llm/`, stop }
}
