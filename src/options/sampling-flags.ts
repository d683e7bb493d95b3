// Flags that change the defaults of request fields for the whole server: one per sampling field,
// under llama-server's names.
import type { Flag } from './flag.ts'

const of = <const F extends Omit<Flag, 'group' | 'help' | 'defaultText'>>(flag: F, what: string) =>
  ({
    ...flag,
    group: 'sampling',
    help: `${what}, when a request does not say.`,
    defaultText: "the field's own",
  }) as const

export const samplingFlags = {
  temperature: of(
    { flags: ['--temp', '--temperature'], env: 'LLAMA_ARG_TEMPERATURE', type: 'number', arg: 'N' },
    'Temperature',
  ),
  topK: of({ flags: ['--top-k'], env: 'LLAMA_ARG_TOP_K', type: 'integer', arg: 'N', min: -1 }, 'Top-k'),
  topP: of({ flags: ['--top-p'], env: 'LLAMA_ARG_TOP_P', type: 'number', arg: 'N', min: 0, max: 1 }, 'Top-p'),
  minP: of({ flags: ['--min-p'], env: 'LLAMA_ARG_MIN_P', type: 'number', arg: 'N', min: 0, max: 1 }, 'Min-p'),
  tfsZ: of({ flags: ['--tfs'], env: 'CRIA_TFS', type: 'number', arg: 'N', min: 0, max: 1 }, 'Tail free sampling z'),
  typicalP: of(
    { flags: ['--typical', '--typical-p'], env: 'CRIA_TYPICAL_P', type: 'number', arg: 'N', min: 0, max: 1 },
    'Typical p',
  ),
  topNSigma: of(
    { flags: ['--top-nsigma', '--top-n-sigma'], env: 'CRIA_TOP_N_SIGMA', type: 'number', arg: 'N' },
    'Top n sigma',
  ),
  xtcProbability: of(
    { flags: ['--xtc-probability'], env: 'CRIA_XTC_PROBABILITY', type: 'number', arg: 'N', min: 0, max: 1 },
    'XTC probability',
  ),
  xtcThreshold: of(
    { flags: ['--xtc-threshold'], env: 'CRIA_XTC_THRESHOLD', type: 'number', arg: 'N', min: 0, max: 1 },
    'XTC threshold',
  ),
  repeatLastN: of(
    { flags: ['--repeat-last-n'], env: 'CRIA_REPEAT_LAST_N', type: 'integer', arg: 'N', min: -1 },
    'How many tokens the penalties see',
  ),
  repeatPenalty: of(
    { flags: ['--repeat-penalty'], env: 'LLAMA_ARG_REPEAT_PENALTY', type: 'number', arg: 'N', min: 1e-6 },
    'Repeat penalty',
  ),
  presencePenalty: of(
    { flags: ['--presence-penalty'], env: 'LLAMA_ARG_PRESENCE_PENALTY', type: 'number', arg: 'N' },
    'Presence penalty',
  ),
  frequencyPenalty: of(
    { flags: ['--frequency-penalty'], env: 'LLAMA_ARG_FREQUENCY_PENALTY', type: 'number', arg: 'N' },
    'Frequency penalty',
  ),
  dryMultiplier: of(
    { flags: ['--dry-multiplier'], env: 'CRIA_DRY_MULTIPLIER', type: 'number', arg: 'N', min: 0 },
    'DRY multiplier',
  ),
  dryBase: of({ flags: ['--dry-base'], env: 'CRIA_DRY_BASE', type: 'number', arg: 'N', min: 1 }, 'DRY base'),
  dryAllowedLength: of(
    { flags: ['--dry-allowed-length'], env: 'CRIA_DRY_ALLOWED_LENGTH', type: 'integer', arg: 'N', min: 0 },
    'DRY allowed length',
  ),
  dryPenaltyLastN: of(
    { flags: ['--dry-penalty-last-n'], env: 'CRIA_DRY_PENALTY_LAST_N', type: 'integer', arg: 'N', min: -1 },
    'How many tokens DRY sees',
  ),
  dynatempRange: of(
    { flags: ['--dynatemp-range'], env: 'CRIA_DYNATEMP_RANGE', type: 'number', arg: 'N', min: 0 },
    'Dynamic temperature range',
  ),
  dynatempExponent: of(
    { flags: ['--dynatemp-exp'], env: 'CRIA_DYNATEMP_EXP', type: 'number', arg: 'N', min: 0 },
    'Dynamic temperature exponent',
  ),
  mirostat: of(
    { flags: ['--mirostat'], env: 'CRIA_MIROSTAT', type: 'integer', arg: 'N', min: 0, max: 2 },
    'Mirostat version',
  ),
  mirostatEta: of(
    { flags: ['--mirostat-lr'], env: 'CRIA_MIROSTAT_LR', type: 'number', arg: 'N', min: 0 },
    'Mirostat learning rate',
  ),
  mirostatTau: of(
    { flags: ['--mirostat-ent'], env: 'CRIA_MIROSTAT_ENT', type: 'number', arg: 'N', min: 0 },
    'Mirostat target entropy',
  ),
  seed: of(
    { flags: ['-s', '--seed'], env: 'CRIA_SEED', type: 'integer', arg: 'N', min: -1, max: 4_294_967_295 },
    'Seed',
  ),
  nKeep: of({ flags: ['--keep'], env: 'CRIA_KEEP', type: 'integer', arg: 'N', min: -1 }, 'n_keep'),
} as const satisfies Record<string, Flag>
