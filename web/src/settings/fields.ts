// The fields of a generation that the page has a control for: the specification's, and those that came after it.
// Names and defaults are the server's; where it tells others (GET /props), those count.

type Common = {
  readonly name: string
  readonly group: FieldGroup
  /** Chat has another default where this is given. */
  readonly chatDefault?: number
}

export type SamplingField = Common &
  (
    | {
        readonly kind: 'number'
        readonly default: number
        readonly min: number
        readonly max: number
        readonly step: number
        /** What the number box takes beyond the slider. */
        readonly isOpen?: boolean
      }
    | { readonly kind: 'boolean'; readonly default: boolean }
    | { readonly kind: 'choice'; readonly default: number; readonly choices: readonly number[] }
    /** `lines`: one string a line. `json`: as it is written on the wire. `text`: a string; empty is none. */
    | { readonly kind: 'lines' | 'json' | 'text'; readonly default: unknown }
  )

export type FieldGroup = 'limits' | 'choice' | 'repetition' | 'dry' | 'mirostat' | 'tokens'
export const fieldGroups: readonly FieldGroup[] = ['limits', 'choice', 'repetition', 'mirostat', 'dry', 'tokens']

const number = (
  name: string,
  group: FieldGroup,
  standard: number,
  [min, max, step]: readonly [number, number, number],
  more: { isOpen?: boolean; chatDefault?: number } = {},
): SamplingField => ({ kind: 'number', name, group, default: standard, min, max, step, ...more })

export const samplingFields: readonly SamplingField[] = [
  number('n_predict', 'limits', -1, [-1, 4096, 1], { isOpen: true }),
  number('n_keep', 'limits', 0, [-1, 2048, 1], { isOpen: true }),
  { kind: 'lines', name: 'stop', group: 'limits', default: [] },
  { kind: 'boolean', name: 'ignore_eos', group: 'limits', default: false },
  { kind: 'boolean', name: 'cache_prompt', group: 'limits', default: true },
  number('slot_id', 'limits', -1, [-1, 15, 1], { isOpen: true }),

  number('temperature', 'choice', 0.8, [0, 2, 0.05], { isOpen: true }),
  number('top_k', 'choice', 40, [0, 200, 1], { isOpen: true }),
  number('top_p', 'choice', 0.95, [0, 1, 0.01]),
  number('min_p', 'choice', 0.05, [0, 1, 0.01]),
  number('tfs_z', 'choice', 1, [0, 1, 0.01]),
  number('typical_p', 'choice', 1, [0, 1, 0.01]),
  number('top_n_sigma', 'choice', -1, [-1, 5, 0.1], { isOpen: true }),
  number('xtc_probability', 'choice', 0, [0, 1, 0.01]),
  number('xtc_threshold', 'choice', 0.1, [0, 1, 0.01]),
  number('dynatemp_range', 'choice', 0, [0, 2, 0.05], { isOpen: true }),
  number('dynatemp_exponent', 'choice', 1, [0, 5, 0.1], { isOpen: true }),
  number('min_keep', 'choice', 0, [0, 50, 1], { isOpen: true }),
  number('seed', 'choice', -1, [-1, 9999, 1], { isOpen: true }),

  number('repeat_penalty', 'repetition', 1.1, [0.5, 2, 0.01], { isOpen: true, chatDefault: 1 }),
  number('repeat_last_n', 'repetition', 64, [-1, 2048, 1], { isOpen: true }),
  { kind: 'boolean', name: 'penalize_nl', group: 'repetition', default: true },
  number('presence_penalty', 'repetition', 0, [-2, 2, 0.05], { isOpen: true }),
  number('frequency_penalty', 'repetition', 0, [-2, 2, 0.05], { isOpen: true }),
  { kind: 'text', name: 'penalty_prompt', group: 'repetition', default: '' },

  { kind: 'choice', name: 'mirostat', group: 'mirostat', default: 0, choices: [0, 1, 2] },
  number('mirostat_tau', 'mirostat', 5, [0, 10, 0.1], { isOpen: true }),
  number('mirostat_eta', 'mirostat', 0.1, [0, 1, 0.01], { isOpen: true }),

  number('dry_multiplier', 'dry', 0, [0, 5, 0.05], { isOpen: true }),
  number('dry_base', 'dry', 1.75, [1, 4, 0.05], { isOpen: true }),
  number('dry_allowed_length', 'dry', 2, [0, 20, 1], { isOpen: true }),
  number('dry_penalty_last_n', 'dry', 64, [-1, 2048, 1], { isOpen: true }),
  { kind: 'lines', name: 'dry_sequence_breakers', group: 'dry', default: ['\n', ':', '"', '*'] },

  number('n_probs', 'tokens', 0, [0, 10, 1], { isOpen: true }),
  { kind: 'json', name: 'logit_bias', group: 'tokens', default: [] },
  {
    kind: 'lines',
    name: 'samplers',
    group: 'tokens',
    default: ['penalties', 'dry', 'top_n_sigma', 'top_k', 'tfs_z', 'typical_p', 'top_p', 'min_p', 'xtc', 'temperature'],
  },
]

/** A line of a `lines` field: line breaks inside a string are written as `\n`. */
export const toLine = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
export const fromLine = (line: string) => line.replaceAll(/\\(n|\\)/g, (_, c) => (c === 'n' ? '\n' : '\\'))
