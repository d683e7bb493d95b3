// The engine's first load, as the program waits for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { engineOptions } from '../../../src/cli/engine-options.ts'
import { resolveOptions } from '../../../src/options/resolve.ts'
import { EngineClient } from '../../../src/server/engine-client/client.ts'
import { startEngine } from '../../../src/server/engine-client/engine-child.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { until } from './generations.ts'

const model = tinyModel('tiny-llama')
const log = pino({ level: 'silent' })

test('an engine that could not load before anybody asked says so to who asks', { timeout: 60_000 }, async () => {
  const options = engineOptions(resolveOptions(['--lora', model], {}), model)
  const first = startEngine(options)
  await until('it has ended', () => !isAlive(first.pid!))
  for (let i = 0; i < 3; i++) await turn()
  const client = new EngineClient(options, log, first)
  await assert.rejects(client.ready(), { name: 'StartError', message: /is not a LoRA adapter/ })
  await client.stop()
})

test('an engine that is killed while it loads is probably out of memory', { timeout: 60_000 }, async () => {
  const options = engineOptions(resolveOptions(['-c', '2048', '-np', '2'], {}), model)
  const first = startEngine(options)
  process.kill(first.pid!, 'SIGKILL')
  const client = new EngineClient(options, log, first)
  await assert.rejects(client.ready(), { name: 'StartError', message: /probably out of memory: .* a smaller -c/ })
  await client.stop()
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
