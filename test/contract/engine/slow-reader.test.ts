// A client that asks for an endless stream and does not read it is held back at the engine, and costs nobody anything.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { complete, until, within } from './generations.ts'

const server = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '1024')
const sockets: Socket[] = []
after(() => {
  for (const socket of sockets) socket.destroy()
})

/** Sends the request and reads nothing. */
function ask(body: object): Socket {
  const { hostname, port } = new URL(server.url)
  const text = JSON.stringify({ prompt: 'For ever', n_predict: -1, ignore_eos: true, stream: true, ...body })
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  socket.on('error', () => {})
  socket.pause()
  socket.write(`POST /completion HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${text.length}\r\n\r\n${text}`)
  return socket
}

/** How many tokens the slot has generated for its task; 0 while it is idle. */
async function nDecoded(slotId: number): Promise<number> {
  const { json } = await get(server.url, '/slots')
  return json[slotId].is_processing ? json[slotId].next_token[0].n_decoded : 0
}

/** Waits until nothing is generated for it any more. @returns how many tokens it has. */
async function heldBack(slotId: number): Promise<number> {
  let before = -1
  let now = -2
  await until(
    'it is held back',
    async () => {
      before = now
      await sleep(200)
      now = await nDecoded(slotId)
      return now > 0 && now === before
    },
    60_000,
  )
  return now
}

test('it is held back, others are served meanwhile, and it goes on when it is read', async () => {
  const socket = ask({ slot_id: 0, n_probs: 200 })
  const n = await heldBack(0)
  for (let i = 0; i < 3; i++) await within(10_000, 'an answer', complete(server.url, { prompt: 'Hi', n_predict: 4 }))
  assert.equal(await nDecoded(0), n)
  socket.resume()
  await until('it goes on', async () => (await nDecoded(0)) > n + 100)
  socket.destroy()
  await until('its slot is free', async () => (await nDecoded(0)) === 0)
})

test('the server keeps a bounded part of what is not read', { skip: process.platform !== 'linux' }, async () => {
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))![1]) / 1024
  const before = memory()
  const slots = [0, 1].map((slot_id) => ask({ slot_id, n_probs: 1000 }))
  await Promise.all([heldBack(0), heldBack(1)])
  assert.ok(memory() - before < 150, `${Math.round(memory() - before)} MiB more`)
  for (const socket of slots) socket.destroy()
  await until('the slots are free', async () => (await nDecoded(0)) + (await nDecoded(1)) === 0)
})
