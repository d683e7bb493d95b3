// --help and --version print and end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flag } from '../../../src/options/flag.ts'
import { table } from '../../../src/options/table.ts'
import { run } from './programs.ts'

test('--help lists every flag that is served, its environment variable and its default', async () => {
  const { code, stdout, stderr } = await run(['--help'])
  assert.deepEqual([code, stderr], [0, ''])
  const text = stdout.replaceAll(/\s+/g, ' ')
  for (const row of Object.values(table) as Flag[]) {
    for (const flag of [...row.flags, ...(row.offFlags ?? [])]) {
      assert.match(text, new RegExp(`(^| )${flag}[ ,]`), flag)
    }
    if (row.env !== undefined && row.support === undefined) assert.ok(text.includes(`env: ${row.env}`), row.env)
  }
  assert.ok(stdout.split('\n').every((line) => line.length <= 100))
})

test('-h and --usage print the same; a refused flag beside them does not matter for the exit code', async () => {
  const { stdout } = await run(['--help'])
  for (const flag of ['-h', '--usage']) assert.deepEqual(await run([flag]), { code: 0, stdout, stderr: '' })
})

test('--version prints the versions', async () => {
  const { code, stdout, stderr } = await run(['--version'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^cria \d+\.\d+\.\d+, node v\d+.*, engine packages \d+\.\d+\.\d+\n$/)
})
