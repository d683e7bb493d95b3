// Measures the page's longest task while an answer of 4,000 tokens arrives at 100 a second. No
// engine runs: the stream is a recorded one. Prints the figures, asserts nothing. Run it on an
// otherwise idle machine: `npm run bench:page`.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answered, launchBrowser, send, visit } from '../../test/support/browser.ts'
import { chat, chatWithTokens, startScriptedServer } from '../../test/support/scripted-server.ts'

const perSecond = 100
const recorded: readonly string[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('./recorded-stream.json', import.meta.url)), 'utf8'),
)

/**
 * With `--tokens` each token comes with the probabilities of itself and another one, and the page
 * shows them.
 */
const withTokens = process.argv.includes('--tokens')

const browser = await launchBrowser()
if (browser === undefined) throw new Error('there is no Chromium on this machine')
const server = await startScriptedServer()
server.scripts.set('/v1/chat/completions', () => (withTokens ? chatWithTokens : chat)(atPace(recorded)))
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
const { page } = await visit(context, server.url)
context.setDefaultTimeout(300_000)
await page.locator('.head .model').waitFor()

await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] })
const started = performance.now()
await send(page, 'Play the stream')
await page.locator('.message.assistant[data-state=done]').waitFor()
const seconds = (performance.now() - started) / 1000
const tasks = tasksOf(JSON.parse((await browser.stopTracing()).toString('utf8')).traceEvents)
await answered(page)
const busyMs = tasks.reduce((sum, { ms }) => sum + ms, 0)
console.log(
  `${recorded.length} tokens in ${seconds.toFixed(1)} s; ${tasks.length} tasks, busy ${Math.round(busyMs / seconds / 10)} % of the time`,
)
console.log(`longest tasks: ${longest(tasks.map(({ ms }) => ms))} ms`)
console.log(
  `longest by processor time, which other programs do not lengthen: ${longest(tasks.map(({ cpuMs }) => cpuMs))} ms`,
)
console.log(`longer than 50 ms: ${tasks.filter(({ ms }) => ms > 50).length}`)
await browser.close()
server.stop()

/** Each piece when it is due. */
async function* atPace(pieces: readonly string[]): AsyncGenerator<string> {
  const started = performance.now()
  for (const [i, piece] of pieces.entries()) {
    const waitMs = started + (i * 1000) / perSecond - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    yield piece
  }
}

type TraceEvent = {
  readonly name: string
  readonly ph: string
  readonly dur?: number
  readonly tdur?: number
  readonly pid: number
  readonly tid: number
  readonly args?: { readonly name?: string }
}

function longest(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => b - a)
  return sorted
    .slice(0, 5)
    .map((ms) => ms.toFixed(1))
    .join(', ')
}

/** The tasks of the page's main thread: their duration, and their processor time. */
function tasksOf(events: readonly TraceEvent[]): { readonly ms: number; readonly cpuMs: number }[] {
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}.${tid}`),
  )
  return events
    .filter(({ name, ph, pid, tid }) => /RunTask$/.test(name) && ph === 'X' && main.has(`${pid}.${tid}`))
    .map(({ dur = 0, tdur = dur }) => ({ ms: dur / 1000, cpuMs: tdur / 1000 }))
}
