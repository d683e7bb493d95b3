// Flags of llama-server's speculative decoding, which Cria does not have.
import type { UnservedFlag } from './unserved-flag.ts'

/** Spellings, effect, environment variable. */
type Draft = readonly [flags: string, does: string, env?: string]

const drafts: readonly Draft[] = [
  ['-md --model-draft --spec-draft-model', 'names the draft model', 'LLAMA_ARG_SPEC_DRAFT_MODEL'],
  ['-hfd -hfrd --hf-repo-draft --spec-draft-hf', 'fetches the draft model', 'LLAMA_ARG_SPEC_DRAFT_HF_REPO'],
  ['--spec-type', 'chooses the kinds of speculative decoding', 'LLAMA_ARG_SPEC_TYPE'],
  ['--spec-default', 'switches speculative decoding on'],
  ['--spec-draft-n-max', 'bounds how many tokens are drafted', 'LLAMA_ARG_SPEC_DRAFT_N_MAX'],
  ['--spec-draft-n-min', 'sets the fewest tokens of a draft', 'LLAMA_ARG_SPEC_DRAFT_N_MIN'],
  ['--draft-p-split --spec-draft-p-split', 'sets where drafts split', 'LLAMA_ARG_SPEC_DRAFT_P_SPLIT'],
  ['--draft-p-min --spec-draft-p-min', 'sets how likely a drafted token must be', 'LLAMA_ARG_SPEC_DRAFT_P_MIN'],
  [
    '-ngld --gpu-layers-draft --n-gpu-layers-draft --spec-draft-ngl',
    'sets the GPU layers of the draft model',
    'LLAMA_ARG_N_GPU_LAYERS_DRAFT',
  ],
  ['-devd --device-draft --spec-draft-device', 'chooses the devices of the draft model'],
  ['-td --threads-draft --spec-draft-threads', 'sets the threads of the draft model'],
  ['-tbd --threads-batch-draft --spec-draft-threads-batch', "sets the threads of the draft model's prompts"],
  ['-Cd --cpu-mask-draft --spec-draft-cpu-mask', "binds the draft model's threads"],
  ['-Crd --cpu-range-draft --spec-draft-cpu-range', "binds the draft model's threads"],
  ['--cpu-strict-draft --spec-draft-cpu-strict', "binds the draft model's threads"],
  ['--prio-draft --spec-draft-prio', "sets the priority of the draft model's threads"],
  ['--poll-draft --spec-draft-poll', "has the draft model's threads poll for work"],
  ['-Cbd --cpu-mask-batch-draft --spec-draft-cpu-mask-batch', "binds the draft model's threads"],
  ['--cpu-strict-batch-draft --spec-draft-cpu-strict-batch', "binds the draft model's threads"],
  ['--prio-batch-draft --spec-draft-prio-batch', "sets the priority of the draft model's threads"],
  ['--poll-batch-draft --spec-draft-poll-batch', "has the draft model's threads poll for work"],
  [
    '-ctkd --cache-type-k-draft --spec-draft-type-k',
    "sets the type of the draft model's K cache",
    'LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_K',
  ],
  [
    '-ctvd --cache-type-v-draft --spec-draft-type-v',
    "sets the type of the draft model's V cache",
    'LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_V',
  ],
  ['-otd --override-tensor-draft --spec-draft-override-tensor', 'puts tensors of the draft model on other devices'],
  [
    '-cmoed --cpu-moe-draft --spec-draft-cpu-moe',
    "keeps the draft model's experts on the CPU",
    'LLAMA_ARG_SPEC_DRAFT_CPU_MOE',
  ],
  [
    '-ncmoed --n-cpu-moe-draft --spec-draft-n-cpu-moe --spec-draft-ncmoe',
    "keeps some of the draft model's experts on the CPU",
    'LLAMA_ARG_SPEC_DRAFT_N_CPU_MOE',
  ],
  [
    '--spec-draft-backend-sampling --no-spec-draft-backend-sampling',
    'selects where drafts are sampled',
    'LLAMA_ARG_SPEC_DRAFT_BACKEND_SAMPLING',
  ],
  ['-lcs --lookup-cache-static', 'names a file of texts to draft from'],
  ['-lcd --lookup-cache-dynamic', 'names a file of texts to draft from'],
  ...['simple', 'map-k', 'map-k4v'].flatMap((kind): Draft[] => [
    [`--spec-ngram-${kind}-size-n`, 'is a setting of drafts from the text so far'],
    [`--spec-ngram-${kind}-size-m`, 'is a setting of drafts from the text so far'],
    [`--spec-ngram-${kind}-min-hits`, 'is a setting of drafts from the text so far'],
  ]),
  ['--spec-ngram-mod-n-min', 'is a setting of drafts from the text so far'],
  ['--spec-ngram-mod-n-max', 'is a setting of drafts from the text so far'],
  ['--spec-ngram-mod-n-match', 'is a setting of drafts from the text so far'],
  ['--fim-qwen-7b-spec', 'fetches and serves a Qwen coder with a draft model'],
  ['--fim-qwen-14b-spec', 'fetches and serves a Qwen coder with a draft model'],
]

const synthetic: readonly Draft[] = [
  ['--spec-synth-len', 'pretends that drafts are right, to measure', 'LLAMA_ARG_SPEC_SYNTH_LEN'],
  ['--spec-synth-rates', 'pretends that drafts are right, to measure', 'LLAMA_ARG_SPEC_SYNTH_RATES'],
]

const removed: readonly Draft[] = [
  ['--draft --draft-n --draft-max', 'bounded how many tokens are drafted', 'LLAMA_ARG_DRAFT_MAX'],
  ['--draft-min --draft-n-min', 'set the minimum number of tokens of a draft', 'LLAMA_ARG_DRAFT_MIN'],
  ['--spec-ngram-size-n', 'was a setting of drafts from the text so far'],
  ['--spec-ngram-size-m', 'was a setting of drafts from the text so far'],
  ['--spec-ngram-min-hits', 'was a setting of drafts from the text so far'],
]

export const unservedDrafts: readonly UnservedFlag[] = [
  ...drafts.map(rowOf('planned', 'leave it out: answers are the same without drafts')),
  ...synthetic.map(rowOf('not ours')),
  ...removed.map(rowOf('removed', 'leave it out: answers are the same without drafts')),
]

function rowOf(standing: UnservedFlag['standing'], instead?: string): (draft: Draft) => UnservedFlag {
  return ([flags, does, env]) => ({
    flags: flags.split(' '),
    does,
    standing,
    ...(instead === undefined ? {} : { instead }),
    ...(env === undefined ? {} : { env }),
  })
}
