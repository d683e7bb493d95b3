// The module that pages import from /json-schema-to-grammar.mjs: JSON Schema → GBNF, as the server itself makes it.
// Its names are those of llama.cpp's module. It asks nobody: it runs in a browser and in Node.js.
import {
  SchemaConverter as Converter,
  SchemaError as Refusal,
  schemaToGrammar as toGrammar,
} from '../../src/grammar/json-schema/json-schema.ts'

/** Names of properties with their places: those that are here come first, in this order. */
export type PropertyOrder = { readonly [name: string]: number }

/**
 * The grammar of a schema; the field `grammar` of a request takes it.
 *
 *     llama(prompt, { grammar: schemaToGrammar({ type: 'object', properties: { name: { type: 'string' } } }) })
 *
 * @param propOrder names of properties that come first, in this order.
 * @throws SchemaError that names the place in the schema which no grammar can follow.
 */
export function schemaToGrammar(schema: unknown, { propOrder = [] }: { propOrder?: readonly string[] } = {}): string {
  return toGrammar(schema, { propOrder }).grammar
}

/**
 * The same in steps, for those who know llama.cpp's converter:
 *
 *     const converter = new SchemaConverter({ prop_order: { name: 0, age: 1 } })
 *     converter.visit(schema, '')
 *     const grammar = converter.formatGrammar()
 */
export class SchemaConverter {
  readonly #converter: Converter

  /**
   * @param options the order, or, as the module of 2024 had it, the order itself.
   * @throws TypeError for an option that is not served: what it asks for would not happen.
   */
  constructor(options: { readonly prop_order?: PropertyOrder } | PropertyOrder = {}) {
    const order = Object.values(options).every((value) => typeof value === 'number')
      ? (options as PropertyOrder)
      : readOptions(options)
    this.#converter = new Converter({ prop_order: order })
  }

  /** Follows no reference to other documents: `visit` finds those within the schema. */
  async resolveRefs<T>(schema: T, _url?: string): Promise<T> {
    return schema
  }

  /**
   * Adds the rules for a schema.
   * @param name of its rule; empty for `root`.
   * @returns the name that the rule has got.
   * @throws SchemaError
   */
  visit(schema: unknown, name = ''): string {
    return this.#converter.visit(schema, name)
  }

  /** The grammar: the rules that `root` leads to. */
  formatGrammar(): string {
    return this.#converter.formatGrammar()
  }
}

function readOptions({ prop_order: order = {}, ...others }: Readonly<Record<string, unknown>>): PropertyOrder {
  for (const [name, value] of Object.entries(others)) {
    if (value) throw new TypeError(`SchemaConverter has no option "${name}"; there is prop_order`)
  }
  return order as PropertyOrder
}

/** No grammar can follow the schema; the message names the place as a JSON pointer. */
export const SchemaError: new (pointer: string, message: string) => Error = Refusal
