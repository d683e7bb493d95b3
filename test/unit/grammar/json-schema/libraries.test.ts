// What zod and pydantic emit is served: texts of the grammar are valid, values that the library takes get through.
// The schemas are recorded by scripts/schema-bulk/.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SchemaError } from '../../../../src/grammar/json-schema/json-schema.ts'
import { seededRandom } from '../../../support/random.ts'
import { JudgedSchema, validatorOf } from '../../../support/schema-judge.ts'

type Record = { name: string; schema: unknown; valid: readonly unknown[]; invalid: readonly unknown[] }

/** No grammar can follow these: items that are compared with each other. */
const refused = /^(member: )?(set of str) /

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))
const nTexts = Number(process.env.TEXTS ?? 12)

for (const library of ['zod', 'pydantic']) {
  const file = new URL(`./recorded/${library}.json`, import.meta.url)
  const records = JSON.parse(readFileSync(file, 'utf8')) as readonly Record[]
  test(`the ${records.length} recorded schemas of ${library} are followed (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const faults: string[] = []
    for (const { name, schema, valid, invalid } of records) {
      let judged: JudgedSchema
      try {
        judged = new JudgedSchema(schema, random)
      } catch (error) {
        if (!(error instanceof SchemaError && refused.test(name))) faults.push(`${name}: ${error}`)
        continue
      }
      const validate = validatorOf(schema)
      for (let i = 0; i < nTexts; i++) {
        let text = ''
        let value: unknown
        try {
          text = judged.text()
          value = JSON.parse(text)
        } catch (error) {
          faults.push(`${name}: ${error}: ${text}`)
          break
        }
        if (validate(value)) continue
        faults.push(`${name}: ${text.slice(0, 200)} is not valid: ${JSON.stringify(validate.errors?.[0])}`)
        break
      }
      for (const value of valid) {
        if (validate(value) && !judged.takes(value))
          faults.push(`${name}: ${JSON.stringify(value)} does not get through`)
      }
      for (const value of invalid) {
        if (!validate(value) && judged.takes(value)) faults.push(`${name}: ${JSON.stringify(value)} gets through`)
      }
    }
    assert.equal(
      faults.length,
      0,
      `${faults.length} faults:\n${faults.slice(0, Number(process.env.FAULTS ?? 20)).join('\n')}`,
    )
  })
}
