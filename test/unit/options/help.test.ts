import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Flag, groups } from '../../../src/options/flag.ts'
import { helpText, optionsMarkdown } from '../../../src/options/help.ts'
import { table } from '../../../src/options/table.ts'

const rows = Object.entries(table) as [string, Flag][]
const flagsOf = (row: Flag) => [...row.flags, ...(row.offFlags ?? [])]

test('the table has every flag and every variable once', () => {
  const flags = rows.flatMap(([, row]) => flagsOf(row))
  assert.deepEqual(flags, [...new Set(flags)])
  const variables = rows.flatMap(([, row]) => row.env ?? [])
  assert.deepEqual(variables, [...new Set(variables)])
})

test('the rows of the table agree with themselves', () => {
  for (const [key, row] of rows) {
    for (const flag of flagsOf(row)) assert.match(flag, /^(-[a-z]+(-[a-z]+)?|--[a-z][a-z0-9_-]+)$/, key)
    assert.ok(groups.includes(row.group), key)
    assert.match(row.help, /\.$/, key)
    assert.equal(row.arg === undefined, row.type === 'boolean', `${key}: a value has a name, a boolean has none`)
    if (row.env !== undefined) assert.match(row.env, /^(LLAMA|CRIA|HF)_[A-Z0-9_]+$/, key)
    if (row.offFlags !== undefined) assert.equal(row.type, 'boolean', key)
    if (typeof row.default === 'number') {
      assert.ok(row.default >= (row.min ?? row.default) && row.default <= (row.max ?? row.default), key)
    }
    if (typeof row.default === 'string' && row.values) assert.ok(row.values.includes(row.default), key)
    if (row.alone !== undefined && row.values) assert.ok(row.values.includes(row.alone), key)
  }
})

test('helpText() names every flag that is taken, with its value, default and variable', () => {
  const text = helpText()
  const flat = text.replaceAll(/\s+/g, ' ')
  for (const [key, row] of rows) {
    for (const flag of flagsOf(row)) assert.match(`${flat} `, new RegExp(`(^| )${flag}[ ,]`), flag)
    if (row.support !== undefined) continue
    assert.ok(flat.includes(row.help), key)
    if (row.env !== undefined) assert.ok(flat.includes(`env: ${row.env})`), key)
    if (row.arg !== undefined) assert.ok(flat.includes(`${flagsOf(row).at(-1)} ${row.arg} `), key)
    if (typeof row.default === 'number' && row.defaultText === undefined) {
      assert.ok(flat.includes(`default: ${row.default};`) || flat.includes(`default: ${row.default})`), key)
    }
  }
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line)
})

test('optionsMarkdown() has a row for every flag, those without effect marked', () => {
  const lines = optionsMarkdown().split('\n')
  for (const [key, row] of rows) {
    const line = lines.find((text) => text.startsWith(`| \`${row.flags[0]}`) && text.includes(row.help))
    assert.ok(line !== undefined, key)
    assert.equal(line.includes('no effect'), row.support === 'no effect' || row.help.includes('no effect'), key)
    assert.equal(line.split(' | ').length, 4, `${key}: four cells`)
  }
})
