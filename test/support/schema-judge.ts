// Judges the grammar of a schema: its random texts must be valid by Ajv, and valid values must
// match.
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { parseGrammar } from '../../src/grammar/gbnf.ts'
import { type Ignored, schemaToGrammar } from '../../src/grammar/json-schema/json-schema.ts'
import { GrammarMatcher } from './grammar-matcher.ts'
import { GrammarTexts } from './grammar-text.ts'

const options = {
  strict: false,
  multipleOfPrecision: 9,
  formats: { ...fullFormats },
  validateFormats: true,
  validateSchema: false,
  logger: false,
} as const

/** @throws Error for a schema that Ajv cannot compile. */
export function validatorOf(schema: unknown): ValidateFunction {
  const text = JSON.stringify(schema)
  const isDraft7 = /"\$schema":"[^"]*draft-0[47]|"items":\[|"additionalItems"|"definitions"/.test(text)
  const compile = (unicodeRegExp: boolean) => {
    const ajv = isDraft7 ? new Ajv({ ...options, unicodeRegExp }) : new Ajv2020({ ...options, unicodeRegExp })
    for (const version of [1, 2, 3, 4, 5, 6, 7, 8]) ajv.addFormat(`uuid${version}`, new RegExp(`^.{14}${version}`))
    return ajv.compile(withoutDialect(schema) as object)
  }
  try {
    return compile(true)
  } catch {
    return compile(false) // a pattern with escapes that the flag u does not allow
  }
}

/**
 * Draft 4's boolean bounds as the numbers of later drafts; no `$schema`, which would have to be
 * loaded.
 */
function withoutDialect(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(withoutDialect)
  const result = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withoutDialect(value)]))
  if (typeof result.$schema === 'string') delete result.$schema
  if (result.nullable === true && result.type === undefined) {
    delete result.nullable
    return { anyOf: [result, { type: 'null' }] }
  }
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof result[exclusive] !== 'boolean') continue
    if (result[exclusive] === true) {
      result[exclusive] = result[bound]
      delete result[bound]
    } else {
      delete result[exclusive]
    }
  }
  return result
}

export class JudgedSchema {
  readonly source: string
  readonly ignored: readonly Ignored[]
  readonly #texts: GrammarTexts
  readonly #matcher: GrammarMatcher

  /** @throws SchemaError, or Error for a grammar that libllama would refuse. */
  constructor(schema: unknown, random: () => number) {
    const { grammar, ignored } = schemaToGrammar(schema)
    this.source = grammar
    this.ignored = ignored
    const result = parseGrammar(grammar)
    if (!result.ok) throw new Error(`${JSON.stringify(result.problem)}\n${grammar}`)
    this.#texts = new GrammarTexts(result.grammar, random)
    this.#matcher = new GrammarMatcher(result.grammar)
  }

  /** A random text that the grammar matches. */
  text(): string {
    return this.#texts.next()
  }

  takes(value: unknown): boolean {
    return this.#matcher.matches(JSON.stringify(value))
  }
}
