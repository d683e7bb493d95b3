import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartError } from '../../../src/base/errors.ts'
import type { Flag } from '../../../src/options/flag.ts'
import { resolveOptions } from '../../../src/options/resolve.ts'
import { table } from '../../../src/options/table.ts'
import { unservedEnvSentence, unservedFlags } from '../../../src/options/unserved.ts'
import { peerFlagList } from '../../compat/peer-flags.ts'

const rows: readonly Flag[] = Object.values(table)
const served = new Set(rows.flatMap(({ flags, offFlags = [] }) => [...flags, ...offFlags]))
const servedEnv = new Set(rows.map(({ env }) => env))
const unserved = new Set(unservedFlags.flatMap(({ flags }) => flags))

test('every spelling of every flag of llama-server is served, or has a sentence of its own', () => {
  assert.equal(peerFlagList.length, 255)
  const spellings = peerFlagList.flatMap(({ flags }) => flags)
  assert.deepEqual(
    spellings.filter((flag) => !served.has(flag) && !unserved.has(flag)),
    [],
  )
})

test('no flag is both served and not, and none is listed that llama-server does not have', () => {
  const spellings = new Set(peerFlagList.flatMap(({ flags }) => flags))
  assert.deepEqual(
    [...unserved].filter((flag) => served.has(flag) || !spellings.has(flag)),
    [],
  )
})

test('every variable of llama-server is read, or has a sentence of its own', () => {
  for (const { flags, env } of peerFlagList) {
    if (env === undefined) continue
    if (servedEnv.has(env)) continue
    assert.match(unservedEnvSentence(env) ?? '', new RegExp(`^${env} has no effect: -`), flags.join(' '))
  }
})

test('a flag that is not served is refused with what it does, and never with a guess', () => {
  for (const { flags } of unservedFlags) {
    for (const flag of flags) {
      assert.throws(
        () => resolveOptions([flag, '1'], {}),
        (error) => {
          assert.ok(error instanceof StartError)
          const start = flag.replaceAll(/[.]/g, '\\.')
          assert.match(error.message, new RegExp(`^${start} (is planned|is a flag of|was removed).* \\(it .+\\)`))
          assert.doesNotMatch(error.message, /did you mean/)
          return true
        },
      )
    }
  }
})

test('the sentence says what to do in the place of the flag', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      '-hf',
      /^-hf is planned but not served yet \(it fetches .*Hugging Face\); fetch the GGUF file and give it with -m$/,
    ],
    ['--rpc', /^--rpc is a flag of llama-server that Cria does not serve \(it computes on other machines.*\); run/],
    ['--draft', /^--draft was removed from llama-server \(it bounded .*\); leave it out/],
    ['--cpu-mask=ff', /^--cpu-mask .*taskset/],
  ]
  for (const [flag, sentence] of cases) assert.throws(() => resolveOptions([flag, 'x'], {}), { message: sentence })
})
