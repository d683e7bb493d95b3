import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { formatBytes, startProgress } from '../../../../src/files/model-store/progress.ts'

function fakeStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let text = ''
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 })
  stream.on('data', (chunk) => {
    text += chunk
  })
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text }
}

test('a terminal gets a bar with bytes, percent, rate and time left', (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  const { stream, text } = fakeStream(true)
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const progress = startProgress({ mode: 'bar', totalBytes: 2_000_000, startBytes: 500_000, log, stream })
  t.mock.timers.tick(500)
  progress.update(1_000_000)
  progress.stop()
  assert.match(text(), /25 % \| 500 kB of 2\.0 MB/)
  assert.match(text(), /50 % \| 1\.0 MB of 2\.0 MB \| [\d.]+ [MG]B\/s \| 1 s left/)
  assert.deepEqual(lines, [])
})

test('no terminal gets a plain line every 10 %', () => {
  const { stream, text } = fakeStream(false)
  const lines: string[] = []
  const log = (line: string) => lines.push(line.replace(/ at .*/, ''))
  const progress = startProgress({ mode: 'bar', totalBytes: 1000, startBytes: 650, log, stream })
  for (let nBytes = 650; nBytes <= 1000; nBytes += 10) progress.update(nBytes)
  progress.stop()
  assert.deepEqual(lines, [
    '  70 %: 700 B of 1 kB',
    '  80 %: 800 B of 1 kB',
    '  90 %: 900 B of 1 kB',
    '  100 %: 1 kB of 1 kB',
  ])
  assert.equal(text(), '')
})

test('formatBytes() counts in decimal units', () => {
  assert.deepEqual([0, 999, 1500, 98_362_432, 2e9].map(formatBytes), ['0 B', '999 B', '2 kB', '98.4 MB', '2.00 GB'])
})
