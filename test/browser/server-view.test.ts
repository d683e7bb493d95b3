// What the page shows of a server at work: the real one, with SmolLM2 and other clients beside the page.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { pageTests, send } from '../support/browser.ts'
import { startServer, streamEvents } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const server = await startServer('-m', await smollm2(), '-np', '2', '-c', '4096', '-b', '64', '--metrics')
const onPage = await pageTests(() => server.url)
/** Where screenshots are put to be looked at; none are taken without it. */
const pictures = process.env.CRIA_SCREENSHOTS

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png` })
}

/** Another client, whose answer has no end; it is generating when this returns. @returns what makes it leave. */
async function busy(slotId: number): Promise<() => Promise<void>> {
  const client = new AbortController()
  const body = { prompt: 'Once upon a time', slot_id: slotId, ignore_eos: true, n_predict: -1 }
  const events = streamEvents(server.url, '/completion', body, client.signal)
  await events.next()
  const read = (async () => {
    for await (const _ of events);
  })().catch((error: Error) => assert.equal(error.name, 'AbortError'))
  return () => {
    client.abort()
    return read
  }
}

const chart = (page: Page, name: string) =>
  page.getByRole('img', { name: new RegExp(`^${name.replaceAll(/[()]/g, '\\$&')}: `) })

/** The number that a chart shows as the present one. */
async function now(page: Page, name: string): Promise<number> {
  const label = (await chart(page, name).getAttribute('aria-label')) ?? ''
  return Number.parseFloat(label.slice(label.lastIndexOf(': ') + 2).replaceAll(',', ''))
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what}: still not after a minute`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test(
  'the server view shows what each slot is doing, the queue, and charts that move',
  onPage(async ({ page, errors }) => {
    await page.goto(`${server.url}/#/server`)
    const slots = page.locator('.slots li')
    await slots.nth(1).waitFor()
    assert.equal(await slots.count(), 2)
    await until('both idle', async () => (await page.locator('.slots .state', { hasText: 'Idle' }).count()) === 2)
    const leaving = [await busy(0), await busy(1)]
    await slots.nth(0).getByText('Generating', { exact: true }).waitFor()
    await slots
      .nth(1)
      .getByText(/^\d[\d,]* tokens generated$/)
      .waitFor()
    await until('tokens a second', async () => (await now(page, 'Generated tokens/s')) > 0)
    assert.equal(await now(page, 'Running requests'), 2)
    const third = busy(-1)
    await until('one that waits', async () => (await now(page, 'Waiting requests')) === 1)
    for (const name of [
      'Time to first token (median)',
      'Time per token (median)',
      'Prompt tokens/s',
      'KV cache used',
    ]) {
      await until(name, async () => (await now(page, name)) >= 0)
    }
    await picture(page, 'server-busy')
    for (const leave of leaving) await leave()
    await (await third)()
    await until('both idle', async () => (await page.locator('.slots .state', { hasText: 'Idle' }).count()) === 2)
    assert.ok((await chart(page, 'Generated tokens/s').locator('.line').count()) > 0)
    await picture(page, 'server-idle')
    assert.deepEqual(errors, [])
  }),
)

test(
  'a chat that waits shows its place in the queue, and then how far its prompt is read',
  onPage(async ({ page }) => {
    await page.evaluate(() => {
      const state = { sampling: { n_predict: 8 } }
      localStorage.setItem('cria.settings', JSON.stringify({ state, version: 1 }))
    })
    await page.reload()
    const leaving = [await busy(0), await busy(1)]
    const words = Array.from({ length: 150 }, (_, i) => `word${(i * 7919) % 1000}`).join(' ')
    await send(page, `Say something short about this list: ${words}`)
    await page.getByText('Next in queue').waitFor()
    await picture(page, 'chat-queue')
    await leaving[0]!()
    const bar = page.getByRole('progressbar', { name: /^Processing prompt: / })
    await bar.waitFor()
    await until('some of it is read', async () => Number(await bar.getAttribute('value')) > 0)
    const total = Number(await bar.getAttribute('max'))
    assert.ok(total > 300, `${total} tokens`)
    await picture(page, 'chat-prefill')
    await leaving[1]!()
    await bar.waitFor({ state: 'detached' })
    await page.locator('.message:last-child .bubble').getByText(/\S/).first().waitFor()
  }),
)
