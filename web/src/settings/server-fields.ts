// The fields of a generation as the server has them, from its own table when the page is built.
import { generationFields } from '../../../src/options/generation-fields.ts'

/** A field by the name that requests give it. */
export type GenerationField = {
  readonly name: string
  readonly default: unknown
  /** Of a number. */
  readonly min?: number
  readonly max?: number
  readonly isInteger: boolean
}

/** What is read of a field's JSON Schema. */
type Bounds = {
  readonly type?: string | readonly string[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}

export const fieldsByName: ReadonlyMap<string, GenerationField> = new Map(
  Object.values(generationFields).map((field) => {
    const { names, schema } = field
    const { type, minimum, exclusiveMinimum, maximum } = schema as Bounds
    const min = minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + 1e-6)
    const standard = 'default' in field ? field.default : undefined
    return [
      names[0],
      {
        name: names[0],
        default: standard,
        ...(min === undefined ? {} : { min }),
        ...(maximum === undefined ? {} : { max: maximum }),
        isInteger: [type].flat().includes('integer'),
      },
    ]
  }),
)
