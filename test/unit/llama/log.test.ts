import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EngineLogLine, LogCollector } from '../../../src/llama/log.ts'

const levels = { debug: 1, info: 2, warn: 3, error: 4, continued: 5 }

function collect(...pieces: readonly (readonly [number, string])[]): EngineLogLine[] {
  const lines: EngineLogLine[] = []
  const collector = new LogCollector((line) => lines.push(line))
  for (const [level, text] of pieces) collector.push(level, text)
  return lines
}

test('a line has the level it was printed with', () => {
  assert.deepEqual(collect([levels.info, 'loading\n'], [levels.error, 'no memory\n']), [
    { level: 'info', text: 'loading' },
    { level: 'error', text: 'no memory' },
  ])
})

test('pieces that continue a line are put together under its level', () => {
  const pieces = [
    [levels.warn, 'dots: '],
    [levels.continued, '.'],
    [levels.continued, '.'],
    [levels.continued, '\n'],
  ] as const
  assert.deepEqual(collect(...pieces), [{ level: 'warn', text: 'dots: ..' }])
})

test('a line that was not ended is told when the next begins; empty ones are not told', () => {
  assert.deepEqual(collect([levels.info, 'half'], [levels.debug, '\n'], [levels.debug, 'whole\n']), [
    { level: 'info', text: 'half' },
    { level: 'debug', text: 'whole' },
  ])
})
