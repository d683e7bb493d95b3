// The fields of a generation that the page has a control for. Their names, defaults and bounds are the server's own table's;
// what is added here is how they are shown. Where a server tells other defaults (GET /props), those count.
import { fieldsByName } from './server-fields.ts'

type Common = {
  readonly name: string
  readonly group: FieldGroup
  readonly default: unknown
}

export type NumberField = Common & {
  readonly kind: 'number'
  /** What the server takes. */
  readonly min: number
  readonly max: number
  readonly isInteger: boolean
  /** The range of the slider, which is narrower, and its step. */
  readonly slider: readonly [min: number, max: number, step: number]
}

export type SamplingField =
  | NumberField
  | (Common & { readonly kind: 'boolean' })
  | (Common & { readonly kind: 'choice'; readonly choices: readonly number[] })
  /** `lines`: one string a line. `json`: as it is written on the wire. `text`: a string; empty is none. */
  | (Common & { readonly kind: 'lines' | 'json' | 'text' })

/** `basic` is what most people look for, and is shown first. */
export type FieldGroup = 'basic' | 'limits' | 'choice' | 'repetition' | 'dry' | 'mirostat' | 'tokens'

/** The range and step of a slider, or the kind of control. */
type Shown = readonly [min: number, max: number, step: number] | 'switch' | 'lines' | 'json' | 'text' | 'choice'

const shown: Readonly<Record<FieldGroup, Readonly<Record<string, Shown>>>> = {
  basic: {
    temperature: [0, 2, 0.05],
    n_predict: [-1, 4096, 1],
    top_p: [0, 1, 0.01],
    stop: 'lines',
    seed: [-1, 9999, 1],
  },
  limits: {
    n_keep: [-1, 2048, 1],
    ignore_eos: 'switch',
    cache_prompt: 'switch',
    slot_id: [-1, 15, 1],
  },
  choice: {
    top_k: [0, 200, 1],
    min_p: [0, 1, 0.01],
    tfs_z: [0, 1, 0.01],
    typical_p: [0, 1, 0.01],
    top_n_sigma: [-1, 5, 0.1],
    xtc_probability: [0, 1, 0.01],
    xtc_threshold: [0, 1, 0.01],
    dynatemp_range: [0, 2, 0.05],
    dynatemp_exponent: [0, 5, 0.1],
    min_keep: [0, 50, 1],
  },
  repetition: {
    repeat_penalty: [0.5, 2, 0.01],
    repeat_last_n: [-1, 2048, 1],
    penalize_nl: 'switch',
    presence_penalty: [-2, 2, 0.05],
    frequency_penalty: [-2, 2, 0.05],
    penalty_prompt: 'text',
  },
  mirostat: { mirostat: 'choice', mirostat_tau: [0, 10, 0.1], mirostat_eta: [0, 1, 0.01] },
  dry: {
    dry_multiplier: [0, 5, 0.05],
    dry_base: [1, 4, 0.05],
    dry_allowed_length: [0, 20, 1],
    dry_penalty_last_n: [-1, 2048, 1],
    dry_sequence_breakers: 'lines',
  },
  tokens: { n_probs: [0, 10, 1], logit_bias: 'json', samplers: 'lines' },
}

/** Chat has another default. */
export const chatDefaults: Readonly<Record<string, number>> = { repeat_penalty: 1 }

export const fieldGroups = Object.keys(shown) as readonly FieldGroup[]

export const samplingFields: readonly SamplingField[] = fieldGroups.flatMap((group) =>
  Object.entries(shown[group]).map(([name, how]) => fieldOf(name, group, how)),
)

function fieldOf(name: string, group: FieldGroup, how: Shown): SamplingField {
  const field = fieldsByName.get(name)
  if (field === undefined) throw new Error(`The server has no field ${name}`)
  const { default: standard, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, isInteger } = field
  const common = { name, group, default: standard }
  if (how === 'switch') return { ...common, kind: 'boolean' }
  if (how === 'choice') {
    return { ...common, kind: 'choice', choices: Array.from({ length: max - min + 1 }, (_, i) => min + i) }
  }
  if (how === 'text') return { ...common, kind: 'text', default: '' }
  if (typeof how === 'string') return { ...common, kind: how }
  return { ...common, kind: 'number', min, max, isInteger, slider: how }
}

/** A line of a `lines` field: line breaks inside a string are written as `\n`. */
export const toLine = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
export const fromLine = (line: string) => line.replaceAll(/\\(n|\\)/g, (_, c) => (c === 'n' ? '\n' : '\\'))
