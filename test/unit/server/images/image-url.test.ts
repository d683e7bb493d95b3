import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { RequestError } from '../../../../src/base/errors.ts'
import { readImageUrl } from '../../../../src/server/images/image-url.ts'
import { isPublicAddress } from '../../../../src/server/images/public-address.ts'
import { FetchRefusal, fetchImage } from '../../../../src/server/images/remote-image.ts'
import { gradient, packPng } from '../../../support/pictures.ts'

const png = packPng(40, 30, gradient(40, 30))
const dir = mkdtempSync(join(tmpdir(), 'images-'))
const inside = join(dir, 'media')
mkdirSync(join(inside, 'sub'), { recursive: true })
writeFileSync(join(inside, 'a.png'), png)
writeFileSync(join(inside, 'sub', 'b c.png'), png)
writeFileSync(join(dir, 'secret.png'), png)
symlinkSync(join(dir, 'secret.png'), join(inside, 'link.png'))
symlinkSync(dir, join(inside, 'up'))
symlinkSync(join(inside, 'a.png'), join(inside, 'good-link.png'))

const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url!)
  const redirect = (location: string) => response.writeHead(302, { location }).end()
  switch (request.url) {
    case '/a.png':
      return response.end(png)
    case '/redirect':
      return redirect('/a.png')
    case '/loop':
      return redirect('/loop')
    case '/inwards':
      return redirect(`http://127.0.0.1:${port}/a.png`)
    case '/file':
      return redirect(pathToFileURL(join(inside, 'a.png')).href)
    case '/endless': {
      const timer = setInterval(() => response.write(Buffer.alloc(10_000)), 1)
      return response.on('close', () => clearInterval(timer))
    }
    case '/announced':
      return response.writeHead(200, { 'content-length': '999999999' }).write('x')
    case '/silent':
      return
    case '/page':
      return response.end('<html>')
    default:
      return response.writeHead(404).end('no')
  }
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
after(() => {
  server.closeAllConnections()
  server.close()
  rmSync(dir, { recursive: true })
})

const options = {
  maxBytes: 100_000,
  maxPixels: 100_000,
  allowsUrls: true,
  allowsPrivate: true,
  timeoutMs: 5000,
  mediaPath: inside,
}
const name = 'messages[0].content[1].image_url'
const read = (value: unknown, changes: Partial<typeof options> = {}) =>
  readImageUrl(value, name, { ...options, ...changes })

async function refused(work: Promise<unknown>, pattern: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RequestError && error.status === 400, String(error))
    assert.ok(error.message.startsWith(`Cannot read "${name}": `), error.message)
    assert.match(error.message, pattern)
    return true
  })
}

const local = (path: string) => `http://127.0.0.1:${port}${path}`

test('a data URI, an http URL and a file URL lead to the same picture', async () => {
  const urls = [`data:image/png;base64,${png.toString('base64')}`, local('/a.png'), local('/redirect')]
  const files = [join(inside, 'a.png'), join(inside, 'sub', 'b c.png'), join(inside, 'good-link.png')]
  for (const url of [...urls, ...files.map((path) => pathToFileURL(path).href)]) {
    assert.equal((await read({ url })).width, 40, url.slice(0, 60))
  }
  assert.equal((await read(urls[0])).width, 40)
})

test('URLs are not fetched unless the server was told to', async () => {
  const before = asked.length
  await refused(readImageUrl(local('/a.png'), name, { ...options, allowsUrls: false }), /--allow-image-urls/)
  assert.equal(asked.length, before)
})

test('what is no URL of a known kind is refused', async () => {
  for (const url of ['', 'a.png', '/etc/passwd', 'ftp://x/a.png', 'javascript:1', 'http://', 'http://[1']) {
    await refused(read({ url }), /./)
  }
  await refused(read({}), /is not \{"url"/)
  await refused(read(7), /is not \{"url"/)
})

test('private addresses are refused before a connection is made, in every spelling', async () => {
  const before = asked.length
  const hosts = [
    '127.0.0.1',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::]',
    'localhost',
  ]
  for (const host of hosts) {
    await refused(
      read({ url: `http://${host}:${port}/a.png` }, { allowsPrivate: false }),
      /not a public address|cannot be fetched/,
    )
  }
  assert.equal(asked.length, before)
})

test('addresses of this machine and the network around it are not public', () => {
  const inner = [
    '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '127.0.0.1', '0.0.0.0', '224.0.0.1',
    '255.255.255.255', '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:10.0.0.1',
    '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'example.org', '',
  ] // biome-ignore format: a list
  for (const address of inner) assert.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
    assert.equal(isPublicAddress(address), true, address)
  }
})

test('a name is resolved once and refused when any of its addresses is private', async () => {
  let n = 0
  const answering = (...answers: string[]): LookupFunction => {
    return (_host, _options, callback) => {
      n++
      callback(
        null,
        answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    }
  }
  const limits = { maxBytes: 100_000, timeoutMs: 5000, allowsPrivate: false }
  const fetching = (lookup: LookupFunction) => fetchImage(`http://rebind.test:${port}/a.png`, limits, undefined, lookup)
  const before = asked.length
  await assert.rejects(
    fetching(answering('127.0.0.1')),
    (error) => error instanceof FetchRefusal && /127\.0\.0\.1/.test(error.message),
  )
  await assert.rejects(fetching(answering('93.184.216.34', '10.0.0.7')), /10\.0\.0\.7, which is not a public address/)
  await assert.rejects(fetching(answering()), FetchRefusal)
  assert.equal(n, 3, 'one look-up for each fetch')
  assert.equal(asked.length, before)
  const named = await fetchImage(
    `http://any.test:${port}/a.png`,
    { ...limits, allowsPrivate: true },
    undefined,
    answering('127.0.0.1'),
  )
  assert.equal(named.length, png.length)
})

test('redirects are checked like the first URL, and are few', async () => {
  await refused(read({ url: local('/loop') }), /redirects more than 3 times/)
  await refused(read({ url: local('/file') }), /leads to no http or https URL/)
  assert.equal((await read({ url: local('/inwards') })).width, 40)
})

test('too much, too slow, not there and no picture are refused', async () => {
  await refused(read({ url: local('/endless') }), /more than 100000 bytes/)
  await refused(read({ url: local('/announced') }), /more than 100000 bytes/)
  await refused(read({ url: local('/silent') }, { timeoutMs: 100 }), /did not arrive within 0\.1 s/)
  await refused(read({ url: local('/nothing') }), /answers HTTP 404/)
  await refused(read({ url: local('/page') }), /is not a PNG/)
  await refused(read({ url: 'http://127.0.0.1:1/a.png' }), /cannot be fetched \(ECONNREFUSED\)/)
})

test('a client that leaves ends the fetch', async () => {
  const leaving = new AbortController()
  const fetching = readImageUrl(local('/silent'), name, options, leaving.signal)
  setImmediate(() => leaving.abort(new Error('left')))
  await assert.rejects(fetching, /left/)
})

test('a file URL may say the path from the media folder on, as for llama-server', async () => {
  for (const url of ['file://a.png', 'file:///a.png', 'file:////a.png', 'file://sub/..//a.png', 'file://%61.png']) {
    assert.equal((await read({ url })).width, 40, url)
  }
  for (const url of [
    'file://../secret.png',
    'file://%2e%2e/secret.png',
    'file://sub/../../secret.png',
    'file://link.png',
  ]) {
    await refused(read({ url }), /is not a file below the folder of --media-path/)
  }
})

test('files outside the media folder are refused, and nothing tells whether they exist', async () => {
  const outside = [
    join(dir, 'secret.png'),
    join(dir, 'none.png'),
    join(inside, '..', 'secret.png'),
    join(inside, 'link.png'),
    join(inside, 'up', 'secret.png'),
    inside,
  ].map((path) => pathToFileURL(path).href)
  const encoded = `${pathToFileURL(inside).href}/..%2Fsecret.png`
  for (const url of [...outside, encoded, 'file://host/a.png', 'file:///etc/passwd', 'file:relative.png']) {
    await refused(read({ url }), /is not a file below the folder of --media-path/)
  }
  await refused(read({ url: pathToFileURL(join(inside, 'sub')).href }), /is not a file below/)
  const url = pathToFileURL(join(inside, 'a.png')).href
  await refused(read({ url }, { maxBytes: 10 }), /more than 10 bytes/)
  await refused(readImageUrl(url, name, { ...options, mediaPath: undefined }), /without --media-path/)
})
