// The commands beside serving: run, help and build-mtmd, and what each says of itself.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { get } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { run, startMarked } from './programs.ts'

const model = tinyModel('tiny-llama')
const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))
const short = ['-n', '6', '--ignore-eos', '-t', '1', '--temp', '0']

test('run answers a prompt, wherever the flags stand, and ends', async () => {
  const first = await run(['run', '-m', model, ...short, 'Once', 'upon'])
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /\S.*\n$/s)
  assert.doesNotMatch(first.stderr, /INFO|listening/)
  const second = await run(['run', 'Once', model, 'upon', ...short]) // the model is the word that ends with .gguf
  assert.deepEqual([second.code, second.stdout], [0, first.stdout])
})

test('run answers what it is given on its standard input', async () => {
  const child = spawn(process.execPath, [program, 'run', '-m', model, ...short])
  child.stdin.end('Once upon')
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0)
  assert.equal(printed, (await run(['run', '-m', model, ...short, 'Once upon'])).stdout)
})

test('run ends with the words of the server when it refuses the prompt', async () => {
  const { code, stdout, stderr } = await run(['run', '-m', model, '-c', '32', 'x '.repeat(200)])
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^cria: .*context/m)
})

test('serve is what is done without a command', async () => {
  const { code, stderr } = await run(['serve', '--frobnicate'])
  assert.equal(code, 1)
  assert.match(stderr, /unknown flag --frobnicate/)
  assert.deepEqual(await run(['serve', '--version']), await run(['--version']))
})

test('every command explains itself, by help and by --help', async () => {
  const whole = await run(['--help'])
  for (const argv of [['help'], ['help', 'serve'], ['serve', '--help']]) assert.deepEqual(await run(argv), whole)
  for (const name of ['run', 'build-mtmd']) {
    const { code, stdout, stderr } = await run(['help', name])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, new RegExp(`^usage: cria ${name} `))
    assert.deepEqual(await run([name, '--help']), { code, stdout, stderr })
    assert.match(whole.stdout, new RegExp(`cria ${name} `))
  }
})

test('a command that there is not is named, with those that there are', async () => {
  const sentence = /^cria: there is no command "chat"; there are serve, run, build-mtmd, help\n$/
  assert.match((await run(['help', 'chat'])).stderr, sentence)
  const { code, stderr } = await run(['chat'])
  assert.equal(code, 1)
  assert.match(stderr, /^cria: unexpected argument "chat"; the commands are serve, run, build-mtmd and help/)
})

test('SIGUSR1 opens the debugger of no process', { skip: process.platform === 'win32' }, async () => {
  const server = await startMarked(['-m', model])
  const { engine } = (await get(server.url, '/props')).json
  for (const pid of [server.child.pid!, engine.pid]) process.kill(pid, 'SIGUSR1')
  await sleep(300)
  assert.doesNotMatch(server.output(), /[Dd]ebugger/)
  const isOpen = await new Promise<boolean>((resolve) => {
    const socket = connect(9229, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
  assert.equal(isOpen, false)
  assert.equal((await get(server.url, '/health')).status, 200)
})
