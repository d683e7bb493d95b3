// How strongly LoRA adapters are applied, as requests say it: [{"id": 0, "scale": 0.5}].
import { largestScale } from './adapter-file.ts'
import type { Schema } from './field.ts'

export type AdapterScale = { readonly id: number; readonly scale: number }

export const adapterScalesSchema: Schema<readonly AdapterScale[]> = {
  type: ['array', 'null'],
  items: {
    type: 'object',
    required: ['id', 'scale'],
    properties: {
      id: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
      scale: { type: 'number', minimum: -largestScale, maximum: largestScale },
    },
    additionalProperties: false,
  },
}
