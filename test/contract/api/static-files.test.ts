// The files of --path and the built-in ones, over raw sockets where fetch would tidy up the path.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runProgram, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'cria-static-')))
after(() => rmSync(dir, { recursive: true }))
const own = join(dir, 'own')
const secret = 'not for the public'
mkdirSync(join(own, 'sub'), { recursive: true })
mkdirSync(join(own, '.git'))
mkdirSync(join(own, 'linked-index'))
mkdirSync(join(dir, 'own-beside'))
const files = {
  'own/index.html': '<h1>mine</h1>',
  'own/app.mjs': 'export default 1',
  'own/style.css': 'p {}',
  'own/data.json': '[1]',
  'own/picture.svg': '<svg/>',
  'own/module.wasm': 'x',
  'own/a b%41é.txt': 'named',
  'own/health': secret,
  'own/completion': secret,
  'own/sub/index.html': '<h1>sub</h1>',
  'own/.env': secret,
  'own/.git/config': secret,
  'secret.txt': secret,
  'own-beside/secret.txt': secret,
}
for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
symlinkSync(join(dir, 'secret.txt'), join(own, 'out.txt'))
symlinkSync(join(dir, 'own-beside'), join(own, 'out'))
symlinkSync(join(dir, 'secret.txt'), join(own, 'linked-index', 'index.html'))
symlinkSync(join(own, 'style.css'), join(own, 'in.css'))

const model = tinyModel('tiny-llama')
const { url } = await startServer('-m', model, '--path', own, '--api-key', 'key')
const bare = await startServer('-m', model, '--no-ui')

type Got = { status: number; headers: Record<string, string | string[] | undefined>; text: string }

/** Sends the path as it is. */
function ask(path: string, { method = 'GET', headers = {}, base = url } = {}): Promise<Got> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    sent.on('error', reject).end()
  })
}

test('/ is index.html of the own folder, and a folder gets its slash', async () => {
  assert.equal((await ask('/')).text, files['own/index.html'])
  assert.equal((await ask('/?x=1')).text, files['own/index.html'])
  assert.equal((await ask('/sub/')).text, files['own/sub/index.html'])
  const { status, headers } = await ask('/sub?x=1')
  assert.deepEqual([status, headers.location], [301, '/sub/?x=1'])
  assert.equal((await ask('//sub')).headers.location, '/sub/', 'never to another host')
})

test('built-in files are behind the own ones, open without a key', async () => {
  const builtIn = fileURLToPath(new URL('../../../dist/public/completion.js', import.meta.url))
  const { status, text } = await ask('/completion.js')
  assert.deepEqual([status, text], [200, readFileSync(builtIn, 'utf8')])
  writeFileSync(join(own, 'completion.js'), 'export const mine = true')
  try {
    assert.equal((await ask('/completion.js')).text, 'export const mine = true')
  } finally {
    rmSync(join(own, 'completion.js'))
  }
  assert.equal((await ask('/props')).status, 401)
})

test('each file has its type, and none is guessed', async () => {
  const types = {
    '/': 'text/html; charset=utf-8',
    '/app.mjs': 'application/javascript; charset=utf-8',
    '/completion.js': 'application/javascript; charset=utf-8',
    '/completion.d.ts': 'text/typescript; charset=utf-8',
    '/style.css': 'text/css; charset=utf-8',
    '/data.json': 'application/json; charset=utf-8',
    '/picture.svg': 'image/svg+xml',
    '/module.wasm': 'application/wasm',
  }
  for (const [path, type] of Object.entries(types)) {
    const { headers } = await ask(path)
    assert.deepEqual([headers['content-type'], headers['x-content-type-options']], [type, 'nosniff'], path)
  }
})

test('a name is decoded once', async () => {
  assert.equal((await ask('/a%20b%2541%C3%A9.txt')).text, 'named')
  assert.equal((await ask('/a%20b%41%C3%A9.txt')).status, 404)
})

test('nothing outside the folder is served, however the way out is spelled', async () => {
  const dots = ['..', '%2e%2e', '.%2e', '%2E.', '%252e%252e', '%c0%ae%c0%ae', '..%00', '....', '%uff0e%uff0e']
  const slashes = ['/', '%2f', '%5c', '\\', '%252f', '//', '%c0%af']
  const ups = dots.flatMap((dot) => slashes.map((slash) => dot + slash))
  const paths = ups.flatMap((up) => [`/${up}secret.txt`, `/sub/${up}${up}secret.txt`, `/${up}own-beside/secret.txt`])
  paths.push(`/${join(dir, 'secret.txt')}`, `/%2f${join(dir, 'secret.txt')}`, `/secret.txt%00.html`, '/../own-beside')
  for (const path of paths) {
    const { status, text } = await ask(path)
    assert.ok(status === 404 || status === 400, `${path}: ${status}`)
    assert.ok(!text.includes(secret), path)
    assert.ok(JSON.parse(text).error.message.length > 0, path)
  }
})

test('a link that leaves the folder is not there, one that stays is', async () => {
  for (const path of ['/out.txt', '/out/secret.txt', '/out/', '/out', '/linked-index/', '/linked-index/index.html']) {
    const { status, text } = await ask(path)
    assert.ok(!text.includes(secret), path)
    if (path !== '/linked-index') assert.equal(status, 404, path)
  }
  assert.equal((await ask('/in.css')).text, files['own/style.css'])
})

test('dot files are not there', async () => {
  for (const path of ['/.env', '/.git/config', '/.git/', '/%2eenv', '/sub/../.env']) {
    const { status, text } = await ask(path)
    assert.deepEqual([status, text.includes(secret)], [404, false], path)
  }
})

test('a route of the API wins over a file of its name', async () => {
  assert.deepEqual(JSON.parse((await ask('/health')).text), { status: 'ok' })
  const { status, headers } = await ask('/completion')
  assert.deepEqual([status, headers.allow], [405, 'POST'])
})

test('a file is sent again only when it changed', async () => {
  const { headers } = await ask('/style.css')
  const etag = String(headers.etag)
  const same = await ask('/style.css', { headers: { 'if-none-match': etag } })
  assert.deepEqual([same.status, same.text], [304, ''])
  const since = { 'if-modified-since': String(headers['last-modified']) }
  assert.equal((await ask('/style.css', { headers: since })).status, 304)
  assert.equal((await ask('/style.css', { headers: { 'if-none-match': '"other"' } })).status, 200)
  assert.equal((await ask('/style.css', { headers: { 'if-match': '"other"' } })).status, 412)
})

test('HEAD has the headers and no body', async () => {
  const { status, headers, text } = await ask('/style.css', { method: 'HEAD' })
  assert.deepEqual([status, headers['content-length'], text], [200, '4', ''])
})

test('a range is a part of the file, one past its end a 416 as JSON', async () => {
  const part = await ask('/style.css', { headers: { range: 'bytes=1-2' } })
  assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, ' {', 'bytes 1-2/4'])
  const past = await ask('/style.css', { headers: { range: 'bytes=9-' } })
  assert.deepEqual([past.status, past.headers['content-range']], [416, 'bytes */4'])
  assert.equal(JSON.parse(past.text).error.type, 'range_not_satisfiable_error')
})

test('what is not there is a 404 as JSON, and a file takes no POST', async () => {
  for (const [path, method] of [
    ['/nothing.html', 'GET'],
    ['/style.css/', 'GET'],
    ['/style.css/x', 'GET'],
    [`/${'x'.repeat(300)}`, 'GET'],
    ['/style.css', 'POST'],
  ] as const) {
    const { status, text } = await ask(path, { method })
    assert.deepEqual([status, JSON.parse(text).error.type], [404, 'not_found_error'], path)
  }
})

test('the built-in page brings a strict policy, and its parts come compressed and are kept', async () => {
  const page = await startServer('-m', tinyModel('tiny-llama'))
  const index = await fetch(`${page.url}/`)
  const policy = index.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'self'/)
  assert.doesNotMatch(policy, /unsafe/)
  const policyOf = async (path: string) => (await fetch(page.url + path)).headers.get('content-security-policy') ?? ''
  const drawing = await policyOf('/diagram.html')
  assert.match(drawing, /default-src 'self'; style-src 'self' 'unsafe-inline';.* frame-ancestors 'self'/)
  assert.doesNotMatch(drawing, /script-src/)
  assert.match(await policyOf('/preview.html'), /^sandbox allow-scripts; default-src 'none';.* frame-ancestors 'self'/)
  const script = /src="\.(\/_page\/[^"]+\.js)"/.exec(await index.text())?.[1]
  assert.ok(script !== undefined)
  for (const [accepted, sent] of [
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ] as const) {
    const part = await fetch(page.url + script, { headers: { 'accept-encoding': accepted } })
    assert.equal(part.status, 200)
    assert.equal(part.headers.get('content-encoding'), sent)
    assert.match(part.headers.get('content-type') ?? '', /javascript/)
    assert.match(part.headers.get('cache-control') ?? '', /max-age=31536000, immutable/)
  }
  await page.stop()
})

test('--no-ui serves no built-in file', async () => {
  for (const path of ['/completion.js', '/', '/index.html']) {
    assert.equal((await ask(path, { base: bare.url })).status, 404, path)
  }
})

test('a --path that is no folder ends the start with a sentence', async () => {
  for (const path of [join(dir, 'none'), join(dir, 'secret.txt')]) {
    const { code, stderr } = await runProgram(['-m', model, '--port', '0', '--path', path])
    assert.equal(code, 1)
    assert.match(stderr, /^cria: --path .* is not a folder\n$/)
  }
})
