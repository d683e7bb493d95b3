// Every field of every answer, with the tests that prove it. test/contract/api/answer-fields.test.ts holds this list against
// real answers: a field without a row fails, and so does a row whose field is in no answer.
import { inItsCode, type Row, readme, row, rows, testsOf, today } from './row.ts'

/** The fields of an answer, or of a part that several answers have. Items of a list are `name[]`. */
export type Shape = {
  readonly title: string
  readonly rows: Readonly<Record<string, Row>>
  /** Fields that are shapes of their own. */
  readonly parts?: Readonly<Record<string, string>>
}

const answers = testsOf('contract/api/answers')
const chat = testsOf('contract/api/chat')
const completion = testsOf('contract/api/completion')
const context = testsOf('contract/engine/context')
const engineFlags = testsOf('contract/cli/engine-flags')
const lora = testsOf('contract/engine/lora')
const models = testsOf('contract/api/models')
const peerFlags = testsOf('contract/cli/peer-flags')
const embeddings = testsOf('contract/api/embeddings')
const progress = testsOf('contract/api/progress')
const slotList = testsOf('contract/api/slots')
const sampling = testsOf('contract/api/sampling')
const stream = testsOf('contract/api/completion-stream')
const text = testsOf('contract/api/text-completions')
const tokenize = testsOf('contract/api/tokenize')

const spec = readme.result
const everyField = completion('has every field of the specification')
const todaysNames = completion("has llama-server's names of today beside them")
const settings = completion('tells the settings as they took effect')
const inProps = models('tells the default settings, which are those of a request')
const fitting = completion('tells timings that fit the counts')
const eos = completion('eos: the text ends before the end-of-generation token')
const word = completion('word: the text ends before the stop string')
const limit = completion('limit: after n_predict tokens')
const likeliest = sampling('tells the likeliest tokens at each place, in both forms')
const openai = chat("is OpenAI's")
const required = testsOf('contract/api/openai-shapes')(
  'a chat has refusal and logprobs, though null, and its chunks add up to strings',
)
const oneShape = chat('have one id, one time and one shape')
const oneChoice = text('one prompt gives one choice in OpenAI’s shape, with usage')
const lists = models('lists the one model by its alias')
const slotFile = row(
  today,
  testsOf('contract/engine/slot-save')('a saved slot is restored into another one, as llama-server answers'),
)
const props = models("has the specification's names and llama-server's")
const served = models('tells whether slots, metrics, embeddings and infill are')
const systemPrompt = testsOf('contract/api/system-prompt')(
  'a request sets it for all: computed once, copied to every slot, told by /props',
)
const busySlot = slotList(
  'a busy slot tells its task: prompt, what was cached of it, what was generated, and the numbers of its fields',
)
const logprobs = chat('are told for each token, with the likeliest beside it')
const namesNumbers = chat('is a 400 with both numbers')

export const shapes = {
  health: {
    title: 'GET /health',
    rows: {
      status: row(
        readme.endpoint('/health'),
        [
          models('is ok'),
          testsOf('contract/api/loading')(
            '/health says so, and every route that needs the model is a 503; then all is well',
          ),
          testsOf('contract/api/loading')(
            '/health says error and why, other routes are a 503, and all is well when the file is back',
          ),
        ],
        'While the model loads `progress`, 0 to 1, stands beside it, and the error of the other routes.',
      ),
    },
  },

  healthWithSlots: {
    title: 'GET /health?include_slots',
    rows: rows(
      ['status', 'slots_idle', 'slots_processing', 'slots'],
      row(inItsCode, slotList('/health?include_slots counts the slots and shows them')),
    ),
    parts: { 'slots[]': 'slot' },
  },

  slot: {
    title: 'GET /slots, an item for each',
    rows: {
      ...rows(
        ['id', 'n_ctx', 'is_processing', 'speculative', 'n_past'],
        row(today, slotList('an idle slot says so, and nothing of a task'), 'No text of a request is in it.'),
      ),
      ...rows(
        [
          ...['id_task', 'n_prompt_tokens', 'n_prompt_tokens_processed', 'n_prompt_tokens_cache', 'next_token'],
          ...['next_token[].has_next_token', 'next_token[].n_remain', 'next_token[].n_decoded'],
        ],
        row(today, busySlot),
      ),
    },
    parts: { params: 'slotParams' },
  },
  slotParams: {
    title: '`params` of a slot: the numbers of its request',
    rows: {
      ...rows(
        [
          ...['seed', 'temperature', 'dynatemp_range', 'dynatemp_exponent', 'top_k', 'top_p', 'min_p', 'top_n_sigma'],
          ...['typical_p', 'xtc_probability', 'xtc_threshold', 'repeat_last_n', 'repeat_penalty', 'presence_penalty'],
          ...[
            'frequency_penalty',
            'dry_multiplier',
            'dry_base',
            'dry_allowed_length',
            'dry_penalty_last_n',
            'mirostat',
          ],
          ...['mirostat_tau', 'mirostat_eta', 'max_tokens', 'n_predict', 'n_keep', 'n_discard', 'ignore_eos'],
          ...['n_probs', 'min_keep', 'samplers'],
        ],
        row(today, busySlot),
      ),
      ...rows(['tfs_z', 'context_shift'], row('ours', busySlot)),
    },
  },

  completion: {
    title: 'POST /completion, POST /infill',
    rows: {
      content: row(spec, [everyField, word]),
      stop: row(spec, everyField),
      model: row(spec, [everyField, models('the alias is the model of every answer')], 'The alias, else the path.'),
      prompt: row(
        spec,
        [everyField, completion('a string and its token ids with BOS give the same text')],
        'As given.',
      ),
      stopped_eos: row(spec, eos),
      stopped_limit: row(spec, limit),
      stopped_word: row(spec, word),
      stopping_word: row(spec, word),
      tokens_cached: row(
        spec,
        [everyField, completion('n_predict 0 computes the prompt into the cache and generates nothing')],
        'All tokens in the cache at the end; how many were re-used is `timings.cache_n`.',
      ),
      tokens_evaluated: row(spec, everyField),
      tokens_predicted: row(inItsCode, everyField),
      truncated: row(spec, [context('/completion goes on past it'), context('/completion cuts it, with n_keep …')]),
      slot_id: row(inItsCode, everyField),
      id_slot: row(today, todaysNames),
      index: row(today, completion('several prompts have their answers in order')),
      stop_type: row(today, [eos, word, limit]),
      tokens: row(today, completion('return_tokens tells the ids of the text')),
      has_new_line: row(today, completion('says whether there is a new line in the text')),
    },
    parts: { generation_settings: 'settings', timings: 'timings', 'completion_probabilities[]': 'probabilities' },
  },

  partial: {
    title: 'an event of a stream of /completion, but the last',
    rows: {
      content: row(spec, stream('are the text of the answer without a stream')),
      stop: row(spec, stream('of a part have content, stop false and the slot')),
      slot_id: row(inItsCode, stream('of a part have content, stop false and the slot')),
      multimodal: row(inItsCode, stream('of a part have content, stop false and the slot')),
      id_slot: row(today, stream('of a part have content, stop false and the slot')),
      index: row(today, stream('of several prompts are told apart by index')),
      tokens: row(today, stream('carry tokens when asked')),
      tokens_predicted: row(today, stream('of a part count the tokens so far')),
      tokens_evaluated: row(today, stream('of a part count the tokens so far')),
    },
    parts: {
      timings: 'timings',
      'completion_probabilities[]': 'probabilities',
      prompt_progress: 'promptProgress',
      queue: 'queue',
    },
  },

  promptProgress: {
    title: '`prompt_progress` of an event, with `return_progress`',
    rows: rows(
      ['total', 'cache', 'processed', 'time_ms'],
      row(today, progress('/completion: events without content, from the first row to the last')),
    ),
  },
  queue: {
    title: '`queue` of an event, with `return_progress`',
    rows: rows(
      ['position', 'waiting'],
      row('ours', progress('those that wait are told their place, again when it changes, and then their progress')),
    ),
  },

  settings: {
    title: '`generation_settings` of an answer, `default_generation_settings` of /props, and GET /model.json',
    rows: {
      n_ctx: row(spec, [settings, inProps], 'That of one slot.'),
      model: row(spec, settings),
      ...rows(
        [
          ...[
            'seed',
            'temperature',
            'top_k',
            'top_p',
            'min_p',
            'tfs_z',
            'typical_p',
            'repeat_last_n',
            'repeat_penalty',
          ],
          ...[
            'presence_penalty',
            'frequency_penalty',
            'penalize_nl',
            'mirostat',
            'mirostat_tau',
            'mirostat_eta',
            'stop',
          ],
          ...['n_predict', 'n_keep', 'ignore_eos', 'stream', 'logit_bias', 'n_probs', 'grammar'],
        ],
        row(spec, [settings, completion("has the specification's defaults")]),
      ),
      ...rows(
        ['logit_bias[].token', 'logit_bias[].bias'],
        row(today, settings, 'As llama-server writes it; `null` is never.'),
      ),
      ...rows(
        ['penalty_prompt_tokens', 'use_penalty_prompt_tokens'],
        row(inItsCode, sampling('penalty_prompt as a string is its tokens, without BOS')),
      ),
      ...rows(
        [
          ...['dynatemp_range', 'dynatemp_exponent', 'top_n_sigma', 'xtc_probability', 'xtc_threshold'],
          ...['dry_multiplier', 'dry_base', 'dry_allowed_length', 'dry_penalty_last_n'],
        ],
        row(
          today,
          testsOf('contract/cli/sampling-flags')(
            'each sampling flag is the default of its field, as /props, /model.json and answers tell',
          ),
        ),
      ),
      ...rows(
        [
          ...[
            'dry_sequence_breakers',
            'max_tokens',
            'n_discard',
            'n_indent',
            't_max_predict_ms',
            'min_keep',
            'samplers',
          ],
          ...['cache_prompt', 'timings_per_token', 'post_sampling_probs'],
        ],
        row(today, completion('tells the settings of today that the request asked for')),
      ),
      lora: row(today, lora('a server without adapters has an empty list')),
      ...rows(
        ['backend_sampling', 'adaptive_target', 'adaptive_decay'],
        row(today, completion('tells the settings of today that the request asked for'), 'Always off.'),
      ),
    },
  },

  timings: {
    title: '`timings`',
    rows: rows(
      [
        ...['prompt_n', 'prompt_ms', 'prompt_per_token_ms', 'prompt_per_second'],
        ...['predicted_n', 'predicted_ms', 'predicted_per_token_ms', 'predicted_per_second', 'cache_n'],
      ],
      row(spec, fitting, '`cache_n` is new: how many tokens of the prompt were re-used.'),
    ),
  },

  probabilities: {
    title: '`completion_probabilities`, an item for each token',
    rows: {
      content: row(spec, sampling('names tokens that are no whole character by their bytes')),
      probs: row(spec, likeliest),
      'probs[].prob': row(spec, [likeliest, sampling('at temperature 0 are the softmax of the logits')]),
      'probs[].tok_str': row(spec, [likeliest, sampling('names tokens that are no whole character by their bytes')]),
      ...rows(['id', 'token', 'bytes', 'logprob', 'top_logprobs'], row(today, likeliest)),
      ...rows(
        ['top_logprobs[].id', 'top_logprobs[].token', 'top_logprobs[].bytes', 'top_logprobs[].logprob'],
        row(today, likeliest),
      ),
      ...rows(
        ['prob', 'top_probs', 'top_probs[].id', 'top_probs[].token', 'top_probs[].bytes', 'top_probs[].prob'],
        row(today, answers('post_sampling_probs tells the probabilities that the choice was made by')),
      ),
    },
  },

  tokenize: {
    title: 'POST /tokenize',
    rows: {
      tokens: row(readme.endpoint('/tokenize'), tokenize('answers with token ids, without BOS')),
      ...rows(
        ['tokens[].id', 'tokens[].piece'],
        row(today, tokenize('tells pieces: text, or bytes where they are no whole character')),
      ),
    },
  },
  promptTokens: {
    title: "POST /tokenize, in vLLM's form",
    rows: rows(
      ['count', 'max_model_len', 'tokens', 'token_strs'],
      row('vLLM', tokenize("answers vLLM's form of a prompt, or of messages, with their number and the context")),
    ),
  },
  tokenizerInfo: {
    title: 'GET /tokenizer_info',
    rows: rows(
      [
        'tokenizer_class',
        'bos_token',
        'eos_token',
        'add_bos_token',
        'add_eos_token',
        'model_max_length',
        'chat_template',
      ],
      row('vLLM', tokenize('is told by /tokenizer_info')),
    ),
  },
  detokenize: {
    title: 'POST /detokenize',
    rows: {
      content: row(readme.endpoint('/detokenize'), tokenize('gives back what /tokenize took, whatever the characters')),
      prompt: row('vLLM', tokenize('gives back what /tokenize took, whatever the characters')),
    },
  },

  props: {
    title: 'GET /props',
    rows: {
      assistant_name: row(readme.endpoint('/props'), [props, systemPrompt]),
      anti_prompt: row(readme.endpoint('/props'), [props, systemPrompt]),
      user_name: row(inItsCode, [props, systemPrompt], 'What the code called the anti-prompt.'),
      system_prompt: row('ours', systemPrompt),
      default_generation_settings: row(today, inProps, 'With `params` in it, as today, and beside it, as before.'),
      'default_generation_settings.n_ctx': row(today, inProps),
      ...rows(['total_slots', 'model_path', 'bos_token', 'eos_token', 'build_info', 'is_sleeping'], row(today, props)),
      ...rows(['endpoint_slots', 'endpoint_metrics', 'endpoint_props'], row(today, served)),
      ...rows(
        ['can_infill', 'embeddings', 'embeddings.pooling', 'embeddings.n_embd', 'embeddings.n_tokens_max'],
        row('ours', served),
      ),
      model_alias: row(today, testsOf('contract/cli/serving')('environment variables are read')),
      chat_template: row(today, models("tells the model's chat template")),
      ...rows(
        [
          'chat_template_caps',
          'chat_template_caps.supports_consecutive_roles',
          'chat_template_caps.supports_developer_role',
          'chat_template_caps.supports_late_system',
          'chat_template_caps.supports_object_arguments',
          'chat_template_caps.supports_parallel_tool_calls',
          'chat_template_caps.supports_preserve_reasoning',
          'chat_template_caps.supports_reasoning_effort',
          'chat_template_caps.supports_string_arguments',
          'chat_template_caps.supports_string_content',
          'chat_template_caps.supports_system_role',
          'chat_template_caps.supports_tool_calls',
          'chat_template_caps.supports_tools',
          'chat_template_caps.supports_typed_content',
        ],
        row(today, models('tells what the chat template can do')),
      ),
      ...rows(
        ['modalities', 'modalities.vision', 'modalities.audio'],
        row(today, [props, testsOf('e2e/pictures')('/props and /v1/models say whether images are understood')]),
      ),
      ...rows(
        ['engine', 'engine.pid', 'engine.description', 'engine.backend'],
        row('ours', models('tells the engine: what it computes, by which package, and in which process')),
      ),
      ...rows(
        ['engine.n_threads', 'engine.n_threads_batch'],
        row(
          'ours',
          engineFlags('-t and -tb reach libllama, and /props tells what it has; -tb is as -t when not given'),
        ),
      ),
    },
    parts: { 'default_generation_settings.params': 'settings' },
  },

  models: {
    title: 'GET /v1/models, GET /models',
    rows: {
      ...rows(
        ['object', 'data', 'data[].id', 'data[].object', 'data[].created', 'data[].owned_by'],
        row(inItsCode, lists),
      ),
      ...rows(
        ['data[].aliases', 'data[].tags'],
        row(today, peerFlags('the model goes by the first of its aliases, and all of them and its tags are told')),
      ),
      ...rows(
        [
          ...[
            'data[].meta',
            'data[].meta.n_vocab',
            'data[].meta.n_ctx_train',
            'data[].meta.n_ctx',
            'data[].meta.n_embd',
          ],
          ...['data[].meta.n_params', 'data[].meta.size', 'data[].meta.description'],
        ],
        row(today, models('tells what the model is')),
      ),
      ...rows(
        [
          ...['data[].architecture', 'data[].architecture.input_modalities', 'data[].architecture.output_modalities'],
          ...['models', 'models[].name', 'models[].model', 'models[].type', 'models[].capabilities'],
        ],
        row(today, [
          models('tells what the model is'),
          testsOf('e2e/pictures')('/props and /v1/models say whether images are understood'),
        ]),
      ),
    },
  },

  chat: {
    title: 'POST /v1/chat/completions',
    rows: {
      ...rows(['id', 'object', 'created', 'model', 'choices'], row(readme.endpoint('/v1/chat/completions'), openai)),
      ...rows(
        ['choices[].index', 'choices[].message', 'choices[].message.role', 'choices[].message.content'],
        row(readme.endpoint('/v1/chat/completions'), openai),
      ),
      ...rows(['choices[].message.refusal', 'choices[].logprobs'], row('OpenAI', required)),
      'choices[].finish_reason': row(readme.endpoint('/v1/chat/completions'), [
        chat('is stop at the end of the turn'),
        chat('is length after max_tokens or max_completion_tokens'),
      ]),
      system_fingerprint: row(today, openai),
    },
    parts: {
      usage: 'usage',
      timings: 'timings',
      'choices[].logprobs': 'chatLogprobs',
      __verbose: 'completion',
    },
  },
  chatChunk: {
    title: 'a chunk of a stream of /v1/chat/completions',
    rows: {
      ...rows(
        ['id', 'object', 'created', 'model', 'choices', 'choices[].index'],
        row(readme.endpoint('/v1/chat/completions'), oneShape, 'One id for all; the last event is `[DONE]`.'),
      ),
      system_fingerprint: row(today, oneShape),
      ...rows(
        ['choices[].delta', 'choices[].delta.role', 'choices[].delta.content', 'choices[].finish_reason'],
        row(readme.endpoint('/v1/chat/completions'), [
          chat('begin with the role, alone, and end with the reason and [DONE]'),
          chat('are the text of the answer'),
        ]),
      ),
      ...rows(['choices[].delta.refusal', 'choices[].logprobs'], row('OpenAI', required)),
    },
    parts: {
      usage: 'usage',
      timings: 'timings',
      'choices[].logprobs': 'chatLogprobs',
      prompt_progress: 'promptProgress',
      queue: 'queue',
    },
  },
  chatLogprobs: {
    title: '`logprobs` of a chat',
    rows: {
      ...rows(
        [
          ...['content', 'content[].id', 'content[].token', 'content[].bytes', 'content[].logprob'],
          ...['content[].top_logprobs', 'content[].top_logprobs[].id', 'content[].top_logprobs[].token'],
          ...['content[].top_logprobs[].bytes', 'content[].top_logprobs[].logprob', 'refusal'],
        ],
        row(today, logprobs),
      ),
      ...rows(
        [
          ...['content[].prob', 'content[].top_probs', 'content[].top_probs[].id', 'content[].top_probs[].token'],
          ...['content[].top_probs[].bytes', 'content[].top_probs[].prob'],
        ],
        row(today, answers('a chat tells probabilities after the chain in place of logprobs, when asked')),
      ),
    },
  },
  usage: {
    title: '`usage`',
    rows: {
      ...rows(
        ['prompt_tokens', 'completion_tokens', 'total_tokens'],
        row(readme.endpoint('/v1/chat/completions'), [
          chat('counts tokens'),
          chat('end with usage when it is asked for'),
        ]),
      ),
      ...rows(['prompt_tokens_details', 'prompt_tokens_details.cached_tokens'], row(today, chat('counts tokens'))),
      ...rows(
        ['completion_tokens_details', 'completion_tokens_details.reasoning_tokens'],
        row('OpenAI', testsOf('contract/api/reasoning')('comes as reasoning_content, and its tokens are counted')),
      ),
    },
  },

  text: {
    title: 'POST /v1/completions, whole or a chunk of a stream',
    rows: {
      ...rows(
        ['id', 'object', 'created', 'model', 'choices', 'choices[].text', 'choices[].index', 'choices[].finish_reason'],
        row('README: API like OAI', oneChoice),
      ),
      system_fingerprint: row(today, oneChoice),
      'choices[].logprobs': row(today, oneChoice),
      ...rows(
        [
          ...['choices[].logprobs.tokens', 'choices[].logprobs.token_logprobs', 'choices[].logprobs.top_logprobs'],
          'choices[].logprobs.text_offset',
        ],
        row(today, text('logprobs come as lists side by side, with the place of each token in the text')),
      ),
    },
    parts: {
      usage: 'usage',
      timings: 'timings',
      __verbose: 'completion',
      prompt_progress: 'promptProgress',
      queue: 'queue',
    },
  },

  embedding: {
    title: 'POST /embedding',
    rows: {
      embedding: row(
        readme.endpoint('/embedding'),
        embeddings('answers one text with its vector, as the model makes it'),
        'Not normalized.',
      ),
    },
  },
  embeddingResults: {
    title: 'POST /embedding of several texts',
    rows: { results: row(inItsCode, embeddings('answers several texts with their results, in their order')) },
    parts: { 'results[]': 'embedding' },
  },
  embeddings: {
    title: 'POST /embeddings, an item for each text',
    rows: rows(
      ['index', 'embedding'],
      row(today, embeddings('answers a list, the vectors normalized and each in a list')),
    ),
  },
  openaiEmbeddings: {
    title: 'POST /v1/embeddings',
    rows: {
      ...rows(
        ['object', 'model', 'data', 'data[].object', 'data[].index', 'data[].embedding'],
        row(today, embeddings('answers a list of objects, normalized, with usage')),
      ),
      ...rows(
        ['usage', 'usage.prompt_tokens', 'usage.total_tokens'],
        row(today, embeddings('answers a list of objects, normalized, with usage')),
      ),
    },
  },
  rerank: {
    title: 'POST /rerank, of `documents`',
    rows: rows(
      [
        ...['object', 'model', 'usage', 'usage.prompt_tokens', 'usage.total_tokens', 'results', 'results[].index'],
        ...['results[].relevance_score', 'results[].document', 'results[].document.text'],
      ],
      row(today, testsOf('contract/api/rerank')('the shape of Jina')),
    ),
  },
  rerankTexts: {
    title: 'POST /rerank, of `texts`, an item for each',
    rows: rows(['index', 'score', 'text'], row(today, testsOf('contract/api/rerank')('the shape of TEI'))),
  },

  adapters: {
    title: 'GET /lora-adapters, an item for each',
    rows: rows(
      ['id', 'path', 'scale', 'task_name', 'prompt_prefix'],
      row(today, lora('GET /lora-adapters lists them by id; POST sets those that it names and turns the others off')),
    ),
  },
  adaptersSet: {
    title: 'POST /lora-adapters',
    rows: { success: row(today, lora('a server without adapters has an empty list')) },
  },
  saved: {
    title: 'POST /slots/:id?action=save',
    rows: rows(['id_slot', 'filename', 'n_saved', 'n_written', 'timings', 'timings.save_ms'], slotFile),
  },
  restored: {
    title: 'POST /slots/:id?action=restore',
    rows: rows(['id_slot', 'filename', 'n_restored', 'n_read', 'timings', 'timings.restore_ms'], slotFile),
  },
  erased: {
    title: 'POST /slots/:id?action=erase',
    rows: rows(
      ['id_slot', 'n_erased'],
      row(today, testsOf('contract/api/slot-actions')('an erased slot computes the whole prompt again')),
    ),
  },
  template: {
    title: 'POST /apply-template',
    rows: {
      prompt: row(
        today,
        testsOf('contract/api/apply-template')('/apply-template shows the prompt that chat would use'),
      ),
    },
  },

  error: {
    title: 'an error, of whatever route',
    rows: {
      ...rows(
        ['error', 'error.code', 'error.message', 'error.type'],
        row(
          today,
          testsOf('contract/api/bad-input')('…: a 400 names the field, the value and the rule'),
          "The code of the time sent plain text, with 404 or 500. Now it is JSON with today's types and statuses.",
        ),
      ),
      'error.param': row('ours', chat('may refuse messages: a 400 with its words'), 'The field, where there is one.'),
      ...rows(['error.n_prompt_tokens', 'error.n_ctx'], row(today, namesNumbers)),
    },
  },
} as const satisfies Record<string, Shape>

export type ShapeName = keyof typeof shapes
