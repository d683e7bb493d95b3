import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calculate } from '../../../web/src/tools/calculate.ts'
import { runTools } from '../../../web/src/tools/tools.ts'

test('arithmetic is calculated as it is written', () => {
  const cases: [string, number][] = [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** 10', 1024],
    ['-3 + +4', 1],
    ['7 % 4', 3],
    ['0.1 + 0.2', 0.3],
    ['1e3 / 4', 250],
    ['sqrt(16) + max(1, 5, 2)', 9],
    ['Math.round(2.5)', 3],
    ['2 * PI', 6.28318530717959],
    ['6 × 7 − 2 ÷ 1', 40],
  ]
  for (const [expression, value] of cases) assert.equal(calculate(expression), value, expression)
})

test('what is not arithmetic is refused with a reason, and is never run', () => {
  for (const expression of [
    'alert(1)',
    'globalThis',
    'constructor',
    '[].constructor',
    'toString()',
    '"a" + 1',
    'x = 1',
    '1 == 1',
    'a ? 1 : 2',
    '1 2',
    '',
    '(1',
    '0 / 0',
    '__proto__',
    'sqrt.constructor("alert(1)")()',
  ]) {
    assert.throws(() => calculate(expression), Error, expression)
  }
})

const call = (name: string, json: string) => ({ kind: 'tool-call', id: 'a', name, arguments: json }) as const

test('what is wrong with a call becomes its result', async () => {
  const errorOf = async (name: string, json: string) => {
    const [result] = await runTools([call(name, json)], ['calculate'])
    assert.equal(result?.isError, true)
    return result?.text ?? ''
  }
  assert.match(await errorOf('calculate', '{"expression"'), /JSON/)
  assert.equal(await errorOf('calculate', '[1]'), 'the arguments are not a JSON object')
  assert.equal(await errorOf('calculate', '{"expression": 1}'), '"expression" is not a string')
  assert.equal(await errorOf('current_time', '{}'), 'There is no tool "current_time"')
  assert.equal(await errorOf('toString', '{}'), 'There is no tool "toString"')
  assert.deepEqual(await runTools([call('calculate', '{"expression": "6*7"}')], ['calculate']), [
    { kind: 'tool-result', callId: 'a', text: '42' },
  ])
})
