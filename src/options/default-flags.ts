// Flags whose value is the default of a request field, for fields that are not numbers: samplers, grammars, biases.
import type { Flag } from './flag.ts'
import {
  readBiases,
  readBreakers,
  readGrammar,
  readJsonObject,
  readJsonSchema,
  readSamplers,
  readStops,
} from './read-defaults.ts'

const defaultText = "the field's own"

/** Each key is that of its field. */
export const defaultFlags = {
  samplers: {
    flags: ['--samplers', '--sampler-seq', '--sampling-seq'],
    env: 'CRIA_SAMPLERS',
    type: 'read',
    read: readSamplers,
    arg: 'NAMES',
    defaultText,
    help: 'The samplers in their order, when a request does not say: names with `;`, or as --sampler-seq one letter each: e penalties, d dry, s top_n_sigma, k top_k, f tfs_z, y typical_p, p top_p, m min_p, x xtc, t temperature.',
    group: 'sampling',
  },
  ignoreEos: {
    flags: ['--ignore-eos'],
    env: 'CRIA_IGNORE_EOS',
    type: 'boolean',
    help: 'Never choose an end-of-generation token, when a request does not say.',
    group: 'sampling',
  },
  logitBias: {
    flags: ['-l', '--logit-bias'],
    type: 'read',
    read: readBiases,
    arg: 'TOKEN±BIAS',
    help: 'What is added to the logit of a token id, as in 15043+1 or 15043-inf, when a request does not say; may be given several times.',
    group: 'sampling',
  },
  drySequenceBreakers: {
    flags: ['--dry-sequence-breaker'],
    type: 'read',
    read: readBreakers,
    arg: 'TEXT',
    defaultText,
    help: 'A text that ends a repetition for DRY, in place of the default ones; may be given several times, and `none` is none. `\\n` is a line break.',
    group: 'sampling',
  },
  grammar: {
    flags: ['--grammar', '--grammar-file'],
    type: 'read',
    read: readGrammar,
    arg: 'GRAMMAR',
    help: 'A GBNF grammar, or with --grammar-file the file of one, that answers follow when a request gives neither grammar nor schema.',
    group: 'sampling',
  },
  jsonSchema: {
    flags: ['-j', '--json-schema', '-jf', '--json-schema-file'],
    type: 'read',
    read: readJsonSchema,
    arg: 'SCHEMA',
    help: 'A JSON schema, or with -jf the file of one, that answers follow when a request gives neither grammar nor schema.',
    group: 'sampling',
  },
  stop: {
    flags: ['-r', '--reverse-prompt'],
    type: 'read',
    read: readStops,
    arg: 'TEXT',
    help: 'A text that ends answers, when a request has no `stop`; may be given several times.',
    group: 'sampling',
  },
  cachePrompt: {
    flags: ['--cache-prompt'],
    offFlags: ['--no-cache-prompt'],
    env: 'LLAMA_ARG_CACHE_PROMPT',
    type: 'boolean',
    defaultText: 'on',
    help: 'Reuse what a slot has computed of a prompt, when a request does not say.',
    group: 'context',
  },
  ssePingInterval: {
    flags: ['--sse-ping-interval'],
    env: 'LLAMA_ARG_SSE_PING_INTERVAL',
    type: 'integer',
    arg: 'N',
    min: -1,
    max: 86_400,
    defaultText: '30',
    help: 'Seconds of silence until a stream sends a comment, when a request does not say; 0 or -1 is never.',
    group: 'server',
  },
  chatTemplateKwargs: {
    flags: ['--chat-template-kwargs'],
    env: 'LLAMA_ARG_CHAT_TEMPLATE_KWARGS',
    type: 'read',
    read: readJsonObject,
    arg: 'JSON',
    help: 'Variables of the chat template, as in {"enable_thinking": false}; a request may add others and replace these.',
    group: 'chat',
  },
} as const satisfies Record<string, Flag>
