import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fastify from 'fastify'
import { registerStatic, type StaticFolders } from '../../../../src/server/http/static.ts'

const own = mkdtempSync(join(tmpdir(), 'cria-own-'))
const builtIn = mkdtempSync(join(tmpdir(), 'cria-built-in-'))
after(() => {
  for (const folder of [own, builtIn]) rmSync(folder, { recursive: true })
})
writeFileSync(join(own, 'mine.html'), 'mine')
writeFileSync(join(builtIn, 'index.html'), 'ours')
writeFileSync(join(builtIn, 'code.js'), '1')

async function ask(folders: StaticFolders, url: string) {
  const app = fastify()
  await registerStatic(app, folders, () => false)
  return app.inject({ url })
}

test('pages of ours let nothing from elsewhere in; those of the operator are left alone', async () => {
  const rules = async (url: string) => (await ask({ own, builtIn }, url)).headers['content-security-policy']
  assert.match(String(await rules('/')), /^default-src 'self';/)
  assert.equal(await rules('/mine.html'), undefined)
  assert.equal(await rules('/code.js'), undefined)
})

test('without built-in files the own ones are served, and without either nothing is', async () => {
  for (const missing of [undefined, join(builtIn, 'none')]) {
    assert.equal((await ask({ own, builtIn: missing }, '/mine.html')).body, 'mine')
    assert.equal((await ask({ own: undefined, builtIn: missing }, '/')).statusCode, 404)
  }
})

test('one folder may be both', async () => {
  assert.equal((await ask({ own: builtIn, builtIn }, '/')).body, 'ours')
})
