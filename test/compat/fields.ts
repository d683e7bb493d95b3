// Every request field of every route, from the field tables of the code, with the tests that prove it.
import type { FieldTable } from '../../src/options/field.ts'
import { generationFields } from '../../src/options/generation-fields.ts'
import { messageFields } from '../../src/server/api/anthropic/fields.ts'
import { completionFields } from '../../src/server/api/native/completion.ts'
import { embeddingFields } from '../../src/server/api/native/embedding.ts'
import { infillFields } from '../../src/server/api/native/infill.ts'
import { rerankFields } from '../../src/server/api/native/rerank.ts'
import { slotActionFields } from '../../src/server/api/native/slot-action.ts'
import { detokenizeFields, tokenizeFields } from '../../src/server/api/native/tokenize.ts'
import { applyTemplateFields } from '../../src/server/api/openai/chat/apply-template.ts'
import { chatFields } from '../../src/server/api/openai/chat/fields.ts'
import { embeddingsFields } from '../../src/server/api/openai/embeddings/embeddings.ts'
import { inputTokensFields, responseFields } from '../../src/server/api/openai/responses/fields.ts'
import { textCompletionFields } from '../../src/server/api/openai/text/fields.ts'
import { promptTokensFields } from '../../src/server/api/openai/tokenize.ts'
import { ours, type Row, readme, row, rows, testsOf, today } from './row.ts'

/** The fields of a route that stand in a table of their own, or otherwise than in the one that it shares. */
export type RouteFields = {
  readonly title: string
  /** What else the route takes. */
  readonly also?: string
  readonly table: FieldTable
  readonly rows: Readonly<Record<string, Row>>
}

const answers = testsOf('contract/api/answers')
const badInput = testsOf('contract/api/bad-input')
const chat = testsOf('contract/api/chat')
const completion = testsOf('contract/api/completion')
const context = testsOf('contract/engine/context')
const embeddings = testsOf('contract/api/embeddings')
const grammar = testsOf('contract/api/grammar')
const infill = testsOf('contract/api/infill')
const jsonSchema = testsOf('contract/api/json-schema')
const lora = testsOf('contract/engine/lora')
const messages = testsOf('contract/api/messages')
const responses = testsOf('contract/api/responses')
const responseState = testsOf('contract/api/responses-state')
const responseStream = testsOf('contract/api/responses-stream')
const responseTools = testsOf('contract/api/responses-tools')
const pictures = testsOf('e2e/pictures')
const progress = testsOf('contract/api/progress')
const reasoning = testsOf('contract/api/reasoning')
const rerank = testsOf('contract/api/rerank')
const sharedPrefixes = testsOf('contract/engine/shared-prefixes')
const sampling = testsOf('contract/api/sampling')
const tools = testsOf('contract/api/tools')
const slotSave = testsOf('contract/engine/slot-save')
const slots = testsOf('contract/engine/slots')
const stream = testsOf('contract/api/completion-stream')
const systemPrompt = testsOf('contract/api/system-prompt')
const template = testsOf('contract/api/apply-template')
const text = testsOf('contract/api/text-completions')
const tokenize = testsOf('contract/api/tokenize')

const spec = readme.endpoint('/completion')
const laterField = testsOf('unit/options/field')(
  'readFields() refuses by name what is not served, unless it asks for nothing',
)
const ignoredField = testsOf('unit/options/field')('readFields() leaves out fields without effect')

const completionRows = {
  prompt: row(spec, [
    completion('a string and its token ids with BOS give the same text'),
    completion('strings and token ids mix in one prompt, BOS before a string'),
    completion('several prompts have their answers in order'),
    completion('a prompt longer than the context is cut'),
    answers('a prompt may be {"prompt_string"}'),
  ]),
  temperature: row(spec, [sampling('0 takes the likeliest token, whatever the seed'), sampling('divides the logits')]),
  dynatempRange: row(today, sampling('may move with the entropy')),
  dynatempExponent: row(today, sampling('may move with the entropy')),
  topK: row(spec, [sampling('top_k keeps the k likeliest'), sampling('top_k 0 and -1 keep all')]),
  topP: row(spec, sampling('top_p keeps the likeliest that together reach p')),
  minP: row(spec, sampling('min_p keeps what is at least so likely as a part of the likeliest')),
  topNSigma: row(today, sampling('top_n_sigma keeps logits within n deviations of the best')),
  tfsZ: row(
    spec,
    [sampling('tfs_z cuts the tail where the curve goes flat'), sampling('tfs_z 0 leaves the likeliest alone')],
    'libllama has it no more; it is computed here.',
  ),
  typicalP: row(spec, sampling('typical_p keeps the tokens whose surprise is nearest the entropy')),
  xtcProbability: row(today, sampling('xtc removes the likeliest tokens but the last that is likely enough')),
  xtcThreshold: row(today, sampling('xtc removes the likeliest tokens but the last that is likely enough')),
  minKeep: row(today, sampling('min_keep tokens are left by each')),
  samplers: row(today, [
    sampling('that are not named do nothing'),
    sampling('work in the order that is named'),
    sampling('typ_p is another name of typical_p'),
    sampling('infill leaves a likely text, or an end'),
  ]),
  repeatPenalty: row(spec, sampling('repeat_penalty divides or multiplies the logit of what came before')),
  repeatLastN: row(spec, sampling('repeat_last_n says how far they look back')),
  penalizeNl: row(
    spec,
    sampling('penalize_nl false leaves the new line alone'),
    'libllama has it no more; it is computed here.',
  ),
  presencePenalty: row(spec, sampling('presence_penalty is taken once from the logit of what came before')),
  frequencyPenalty: row(spec, sampling('frequency_penalty is taken for each time')),
  penaltyPrompt: row(
    spec,
    [
      sampling('penalty_prompt stands in for the prompt'),
      sampling('penalty_prompt as a string is its tokens, without BOS'),
      sampling('penalty_prompt: generated tokens are appended to it'),
    ],
    'libllama has it no more; it is computed here.',
  ),
  dryMultiplier: row(today, sampling('takes from the token that would go on with a repetition')),
  dryBase: row(today, sampling('takes more the longer it is, by dry_base')),
  dryAllowedLength: row(today, sampling('lets repetitions up to dry_allowed_length be')),
  dryPenaltyLastN: row(today, sampling('sees dry_penalty_last_n tokens')),
  drySequenceBreakers: row(today, sampling('stops at dry_sequence_breakers')),
  mirostat: row(spec, [
    sampling('2 keeps the tokens whose surprise is below twice tau, at first'),
    sampling('1 and 2 follow tau: a low one writes likelier text'),
    sampling('replaces the filters'),
  ]),
  mirostatTau: row(spec, sampling('1 and 2 follow tau: a low one writes likelier text')),
  mirostatEta: row(spec, sampling('eta changes how fast it follows')),
  grammar: row(spec, [
    grammar('is followed, and its end is the end of the text'),
    grammar('is followed by every way of sampling'),
    grammar('for … is a 400 that says where and why'),
  ]),
  seed: row(spec, [
    sampling('the same gives the same text'),
    sampling('gives the same text while three neighbours generate'),
    sampling('none, -1, and -1 as an unsigned number, is another each time, and the answer tells which'),
  ]),
  ignoreEos: row(spec, sampling('never ends by the end-of-generation token')),
  logitBias: row(spec, [
    sampling('is added to the logit'),
    sampling('false is never'),
    sampling('may name a token by its text'),
    sampling('may be an object of ids or texts'),
  ]),
  nPredict: row(spec, [
    completion('limit: after n_predict tokens'),
    completion('n_predict 0 computes the prompt into the cache and generates nothing'),
    completion('n_predict -1 goes on to the end of generation'),
    completion('a character that n_predict would cut is finished'),
  ]),
  nKeep: row(spec, [
    context('/completion cuts it, with n_keep …'),
    context('/completion goes on past it'),
    testsOf('unit/engine/scheduler/context-shift')(
      'a full context drops the older half after n_keep … and goes on (…)',
    ),
  ]),
  ssePingInterval: row(
    today,
    testsOf('contract/api/silence')(
      'a stream that waits sends its headers and comments, and an error later is an event',
    ),
  ),
  stream: row(spec, [
    stream('are the text of the answer without a stream'),
    stream('come one a token, not all at the end'),
  ]),
  stop: row(spec, [
    completion('word: the text ends before the stop string'),
    stream('are never seen, not even in part, wherever they begin'),
    completion('stop may be a plain string'),
  ]),
  nProbs: row(spec, [
    sampling('tells the likeliest tokens at each place, in both forms'),
    sampling('at temperature 0 are the softmax of the logits'),
    sampling('do not change the text'),
  ]),
  slotId: row(spec, [
    completion('slot_id names the slot, and id_slot is the same'),
    slots('slot_id waits for that slot and keeps nobody else waiting'),
  ]),
  cachePrompt: row(
    spec,
    [
      completion('the same prompt again computes one token'),
      completion('cache_prompt false computes all of it'),
      testsOf('contract/engine/prefix-reuse')('warm answers are cold answers, for random pairs of prompts'),
    ],
    'Its default was false; the text is the same either way.',
  ),
  cacheSalt: row(
    ours,
    sharedPrefixes('cache_salt: what is computed is shared only with requests of the same salt'),
    "vLLM's name.",
  ),
  returnTokens: row(today, completion('return_tokens tells the ids of the text')),
  verbose: row(today, answers('verbose adds the answer as /completion gives it')),
  timingsPerToken: row(today, [
    stream('carry timings when asked'),
    answers('/v1/completions tells timings with each part when asked, and n_probs is as logprobs'),
  ]),
  ...rows(
    ['guidedRegex', 'guidedChoice', 'structuredOutputs'],
    row('vLLM', [
      testsOf('contract/api/guided')('… is followed, by chats and by completions'),
      testsOf('contract/api/guided')('… is a 400 that names it'),
    ]),
  ),
  jsonSchema: row(today, [
    jsonSchema('… is obeyed'),
    jsonSchema('… refuses …'),
    testsOf('unit/grammar/json-schema/valid-texts')('texts by the grammar of … are valid'),
  ]),
  responseFields: row(today, answers('response_fields picks what the answer contains, nested ones by their path')),
  postSamplingProbs: row(today, [
    answers('post_sampling_probs tells the probabilities that the choice was made by'),
    answers('a chat tells probabilities after the chain in place of logprobs, when asked'),
  ]),
  tMaxPromptMs: row(
    today,
    answers('t_max_prompt_ms stops the prompt, answers nothing, and keeps what was computed'),
    'Editors send it; llama-server takes it and does nothing.',
  ),
  tMaxPredictMs: row(today, answers('t_max_predict_ms ends at the first new line after that time')),
  nIndent: row(today, answers('n_indent ends at a line that begins with fewer blanks, and keeps its blanks')),
  nDiscard: row(today, answers('n_discard says how many tokens leave a full context')),
  nAnswers: row(today, [
    answers('n_cmpl gives a list of answers whose seeds follow each other'),
    answers('more answers than there are slots wait for one, as a list and as a stream'),
    answers('a chat with n has as many choices, and its prompt counts once'),
  ]),
  imageData: row(spec, [
    pictures('image_data with marks is the same prompt, in the middle, twice, and before the text without a mark'),
    answers('what only /completion has is refused elsewhere, not ignored'),
    pictures('a server without --mmproj says so'),
  ]),
  systemPrompt: row(spec, [
    systemPrompt('a request sets it for all: computed once, copied to every slot, told by /props'),
    systemPrompt('the text is that of both prompts in one, with one BOS'),
    systemPrompt('a change is there at once beside a stream without an end, and what comes later follows it'),
  ]),
  lora: row(today, [
    lora('answers with adapters are those of llama-server, and each set of adapters has another one'),
    lora('requests with different adapters run beside each other, each with its own'),
  ]),
  returnProgress: row(today, [
    progress('/completion: events without content, from the first row to the last'),
    progress('those that wait are told their place, again when it changes, and then their progress'),
    pictures('messages bring pictures as data URIs, in whole answers and in streams with progress'),
  ]),
  ...rows(['adaptiveTarget', 'adaptiveDecay', 'nCacheReuse'], row(today, laterField)),
  backendSampling: row(today, ignoredField),
  model: row(today, infill('what llama.vim and llama.vscode send is served')),
} as const satisfies Record<keyof typeof completionFields, Row>

type Own<T extends FieldTable, S extends FieldTable> = Exclude<keyof T, keyof S>

const infillRows = {
  inputPrefix: row(
    readme.endpoint('/infill'),
    infill('/infill asks for what stands between prefix and suffix, in the order that the model was made for'),
  ),
  inputSuffix: row(
    readme.endpoint('/infill'),
    infill('/infill asks for what stands between prefix and suffix, in the order that the model was made for'),
  ),
  inputExtra: row(today, [
    infill('/infill takes an empty prefix, a prompt that the middle begins with, and other files'),
    infill('what llama.vim and llama.vscode send is served'),
    infill('bad input is a 400 that names the field; so is a model without such tokens'),
  ]),
} as const satisfies Record<Own<typeof infillFields, typeof completionFields>, Row>

const forChat = readme.endpoint('/v1/chat/completions')
const openaiFields = chat('are those that clients of OpenAI send')
const shaped = testsOf('contract/api/openai-shapes')

const continued = testsOf('contract/api/chat-template-flags')(
  "the assistant's last message is continued, unless continue_final_message says otherwise",
)

const chatRows = {
  messages: row(forChat, [
    chat("is what the model's template makes of the messages"),
    chat('may have content in parts'),
    chat('are refused by name when they are no messages'),
    pictures('messages bring pictures as data URIs, in whole answers and in streams with progress'),
  ]),
  model: row(forChat, chat('takes any model name')),
  repeatPenalty: row(
    forChat,
    text('the text is that of /completion with the same settings'),
    'Off here: instruction-tuned models write worse with it. The same in /v1/completions.',
  ),
  logprobs: row(today, [chat('are told for each token, with the likeliest beside it'), chat('come with their chunks')]),
  topLogprobs: row(today, chat('top_logprobs needs logprobs and is at most 20')),
  streamOptions: row(today, chat('end with usage when it is asked for')),
  responseFormat: row(today, [
    jsonSchema('json_object and an empty schema are any object'),
    testsOf('e2e/json-schema')('a chat with a response_format answers what the schema says (seed …)'),
  ]),
  truncation: row('ours', context('truncation "auto" of /v1 cuts it as /completion does')),
  ...rows(
    ['verbosity', 'promptCacheRetention'],
    row('OpenAI', shaped('fields that ask for nothing are taken, whatever else they may ask')),
  ),
  tools: row(today, [
    tools('required is a call, with arguments that fit: …'),
    tools('is in the prompt: calls and results'),
    tools('are those of the whole answer, with the arguments in pieces'),
  ]),
  toolChoice: row(today, [
    tools('required is a call, with arguments that fit: …'),
    tools('a named function is that one: …'),
    tools('none shows the model no tools, and looks for no calls'),
    tools('auto leaves the model free until it begins a call'),
  ]),
  parallelToolCalls: row(today, tools('come as many as the model makes, and one where parallel_tool_calls is false')),
  ...rows(['functions', 'functionCall'], row(today, tools('are answered in their own form'))),
  reasoningFormat: row(today, [
    reasoning('comes as reasoning_content, and its tokens are counted'),
    reasoning('stays in the text with reasoning_format none'),
  ]),
  ...rows(
    ['enableThinking', 'reasoningEffort'],
    row(today, reasoning('is off by enable_thinking, by reasoning_effort none, and by chat_template_kwargs')),
  ),
  thinkingBudgetTokens: row(today, reasoning('is the flag’s, unless the request has one')),
  reasoningBudgetMessage: row(today, reasoning('may end with a message')),
  continueFinalMessage: row(today, continued),
  addGenerationPrompt: row(today, chat('sees chat_template_kwargs, bos_token and add_generation_prompt')),
  chatTemplateKwargs: row(today, chat('sees chat_template_kwargs, bos_token and add_generation_prompt')),
  ...rows(['audio', 'prediction', 'webSearchOptions'], row(today, laterField)),
  ...rows(['user', 'metadata', 'store', 'serviceTier'], row(today, openaiFields)),
  ...rows(['safetyIdentifier', 'promptCacheKey', 'modalities'], row(today, ignoredField)),
} as const satisfies Record<Own<typeof chatFields, typeof generationFields> | 'repeatPenalty', Row>

const textRows = {
  prompt: row('README: API like OAI', [
    text('one prompt gives one choice in OpenAI’s shape, with usage'),
    text('several prompts give choices in their order, and usage of all'),
  ]),
  model: row(
    'README: API like OAI',
    text("/completions answers as OpenAI's text completion to a request that names a model, else as /completion"),
  ),
  repeatPenalty: chatRows.repeatPenalty,
  bestOf: row(today, text('what is not served is refused by name')),
  logprobs: row(
    today,
    text('logprobs come as lists side by side, with the place of each token in the text'),
    "In OpenAI's own shape, where llama-server has that of chats.",
  ),
  streamOptions: row(
    today,
    text('a stream has the same text, a finish_reason at its end, usage when asked for, and [DONE]'),
  ),
  responseFormat: row(today, jsonSchema('… is obeyed')),
  truncation: chatRows.truncation,
  echo: row('OpenAI', [
    text('echo sends the prompt before the text, in whole answers and in streams'),
    text('echo with logprobs tells how likely each token of the prompt was'),
  ]),
  promptLogprobs: row('vLLM', text('prompt_logprobs tells logprob and rank of each token of the prompt')),
  suffix: row('OpenAI', infill('a suffix of /v1/completions is what stands behind the gap')),
  user: row(today, ignoredField),
} as const satisfies Record<Own<typeof textCompletionFields, typeof generationFields> | 'repeatPenalty', Row>

const served = (name: string) => row('Anthropic', messages(name))
const messageRows = {
  messages: row('Anthropic', [
    messages('have blocks of every kind, a system message in the middle too'),
    messages('have documents and search results as text'),
    messages('that cannot be read are refused by name'),
  ]),
  ...rows(['model', 'maxTokens'], served("is Anthropic's")),
  repeatPenalty: chatRows.repeatPenalty,
  system: served('counts what the answer then has as input'),
  stopSequences: served('names the stop sequence that ended it'),
  tools: row('Anthropic', [
    messages('stream their input as partial JSON'),
    messages('of Anthropic’s servers are taken and not shown to the model'),
  ]),
  toolChoice: row('Anthropic', [
    messages('any and tool are enforced, and come as tool_use blocks'),
    messages('that are demanded and not there are refused'),
  ]),
  thinking: row('Anthropic', [
    messages('comes in a block of its own, with a signature, within its budget'),
    messages('may be adaptive or disabled'),
  ]),
  ...rows(['outputConfig', 'outputFormat'], served('has a format that the answer follows')),
  ...rows(
    [
      'metadata',
      'contextManagement',
      'serviceTier',
      'container',
      'mcpServers',
      'inferenceGeo',
      'cacheControl',
      'speed',
      'betas',
    ],
    row('Anthropic', ignoredField),
  ),
} as const satisfies Record<Own<typeof messageFields, typeof generationFields> | 'repeatPenalty', Row>

const responseInputRows = {
  input: row('OpenAI', [
    responses('has the same tokens as a text, as a message, and as messages of chats'),
    responses('has text files as their text'),
    responses('that cannot be read is refused by name'),
    responses('may have items of tools that others run: they are passed over and named'),
    responseTools('are one message of the assistant with their text, and outputs are messages of tools'),
    responseTools('of custom tools are calls with one argument'),
    responseState('lends its items to references'),
  ]),
  instructions: row('OpenAI', responses('begins with the instructions')),
  previousResponseId: row('OpenAI', [
    responseState('is gone on from, without its instructions'),
    responseState('that is not there cannot be gone on from: a 400 with a code'),
    responseTools('are kept, so that only their output is sent'),
  ]),
  tools: row('OpenAI', [
    responseTools('of a custom type take a text'),
    responseTools('of a namespace are offered one by one, and called by it'),
    responseTools('that the client does not run are taken, named, and not shown to the model'),
  ]),
  toolChoice: row('OpenAI', [
    responseTools('are called as tool_choice demands'),
    responseTools('may be narrowed by allowed_tools, or not offered at all'),
    responseTools('that are demanded and not there, or cannot be read, are refused by name'),
  ]),
  parallelToolCalls: row('OpenAI', responseTools('are called as tool_choice demands')),
  reasoning: row('OpenAI', [
    responses('comes as a summary, and packed, when asked'),
    responses('may be switched off by the effort'),
    responseStream('of a thought are those of its text, or of its summary when that is asked for'),
  ]),
  text: row('OpenAI', [responses('follows text.format'), responses('is accepted and named')]),
  truncation: row('OpenAI', responses('that is too long says so in code and numbers; truncation auto cuts it')),
  chatTemplateKwargs: row(today, responses('is an item of its own, and its tokens are counted')),
  model: row('OpenAI', responses("is OpenAI's, complete")),
} as const satisfies Record<keyof typeof inputTokensFields, Row>

const ownThought = responses('is an item of its own, and its tokens are counted')
const responseRows = {
  ...responseInputRows,
  repeatPenalty: chatRows.repeatPenalty,
  maxOutputTokens: row('OpenAI', responses('that reaches max_output_tokens is incomplete, and says why')),
  topLogprobs: row('OpenAI', [
    responses('has the logprobs that are asked for'),
    responseStream('carry logprobs when asked'),
  ]),
  include: row('OpenAI', [
    responses('has the logprobs that are asked for'),
    responses('comes as a summary, and packed, when asked'),
    responses('is accepted and named'),
  ]),
  store: row('OpenAI', [
    responseState('is one with "store", which is true by itself'),
    responseState('belongs to the key that asked for it'),
    testsOf('unit/server/api/openai/responses/store')('the least recently used response goes when there are too many'),
  ]),
  metadata: row('OpenAI', responses("is OpenAI's, complete")),
  streamOptions: row('OpenAI', responses('is accepted and named')),
  reasoningFormat: row(today, ownThought),
  ...rows(['enableThinking', 'reasoningBudgetMessage'], row(today, responses('may be switched off by the effort'))),
  thinkingBudgetTokens: row(today, ownThought),
  ...rows(['background', 'conversation', 'prompt'], row('OpenAI', responses('that cannot be read is refused by name'))),
  ...rows(
    [
      'maxToolCalls',
      'contextManagement',
      'moderation',
      'user',
      'safetyIdentifier',
      'promptCacheKey',
      'promptCacheRetention',
      'promptCacheOptions',
      'serviceTier',
      'clientMetadata',
    ],
    row('OpenAI', responses('is accepted and named')),
  ),
} as const satisfies Record<Own<typeof responseFields, typeof generationFields> | 'repeatPenalty', Row>

const tokenizeRows = {
  content: row(readme.endpoint('/tokenize'), [
    tokenize('answers with token ids, without BOS'),
    tokenize('takes a list of strings and ids'),
  ]),
  addSpecial: row(today, tokenize('adds BOS with add_special, where the model is made so')),
  parseSpecial: row(today, tokenize('reads special tokens unless parse_special is false')),
  withPieces: row(today, tokenize('tells pieces: text, or bytes where they are no whole character')),
} as const satisfies Record<keyof typeof tokenizeFields, Row>

const promptTokensRows = {
  ...rows(
    ['prompt', 'addSpecialTokens', 'returnTokenStrs'],
    row('vLLM', tokenize("answers vLLM's form of a prompt, or of messages, with their number and the context")),
  ),
} as const satisfies Record<Own<typeof promptTokensFields, typeof applyTemplateFields>, Row>

const detokenizeRows = {
  tokens: row(readme.endpoint('/detokenize'), [
    tokenize('gives back what /tokenize took, whatever the characters'),
    tokenize('refuses what is no list of token ids of the model'),
  ]),
} as const satisfies Record<keyof typeof detokenizeFields, Row>

const embeddingRows = {
  content: row(readme.endpoint('/embedding'), [
    embeddings('answers one text with its vector, as the model makes it'),
    embeddings('answers several texts with their results, in their order'),
    embeddings('takes token ids, and a mix of both'),
  ]),
  imageData: row(readme.endpoint('/embedding'), [
    testsOf('e2e/picture-embeddings')('…: a picture is part of the vector, wherever its mark stands'),
    embeddings('pictures, where the server has no eyes'),
  ]),
  embdNormalize: row(today, embeddings('is scaled when the request says how')),
  model: row(today, embeddings('answers a list of objects, normalized, with usage')),
} as const satisfies Record<keyof typeof embeddingFields, Row>

const openaiEmbeddingRows = {
  input: row(today, embeddings('takes a string, a list with one, token ids, and lists of token ids')),
  model: row(today, embeddings('answers a list of objects, normalized, with usage')),
  encodingFormat: row(today, embeddings('base64 has the same numbers as 32-bit floats')),
  dimensions: row(today, embeddings('takes `dimensions` that the vectors have, and no others')),
  embdNormalize: row(today, embeddings('is scaled when the request says how')),
  user: row(today, embeddings('answers a list of objects, normalized, with usage')),
} as const satisfies Record<keyof typeof embeddingsFields, Row>

const rerankRows = {
  query: row(today, rerank('the best text is first')),
  documents: row(today, rerank('the shape of Jina')),
  texts: row(today, rerank('the shape of TEI')),
  topN: row(today, rerank('top_n keeps so many of the best')),
  returnDocuments: row(today, [rerank('the shape of Jina'), rerank('the shape of TEI')]),
  model: row(today, rerank('the shape of Jina')),
} as const satisfies Record<keyof typeof rerankFields, Row>

const slotActionRows = {
  filename: row(today, [
    slotSave('a saved slot is restored into another one, as llama-server answers'),
    slotSave('a name that is no name of a file is refused'),
  ]),
} as const satisfies Record<keyof typeof slotActionFields, Row>

const applyTemplateRows = {
  messages: row(today, template('/apply-template shows the prompt that chat would use')),
  ...rows(
    ['model', 'tools', 'toolChoice', 'parallelToolCalls', 'functions', 'functionCall'],
    row(today, template('/apply-template takes model, tools and tool_choice as chat does')),
  ),
  reasoningFormat: chatRows.reasoningFormat,
  enableThinking: chatRows.enableThinking,
  reasoningEffort: chatRows.reasoningEffort,
  thinkingBudgetTokens: chatRows.thinkingBudgetTokens,
  reasoningBudgetMessage: chatRows.reasoningBudgetMessage,
  continueFinalMessage: row(today, continued),
  addGenerationPrompt: row(today, template('/apply-template shows the prompt that chat would use')),
  chatTemplateKwargs: row(
    today,
    testsOf('contract/api/chat-template-flags')(
      'chat_template_kwargs are variables of the template, also in /apply-template',
    ),
  ),
} as const satisfies Record<keyof typeof applyTemplateFields, Row>

/** For every field: a wrong value is a 400 that names field, value and rule. */
export const wrongValues = badInput('…: a 400 names the field, the value and the rule')

export const fieldRows: readonly RouteFields[] = [
  { title: 'POST /completion', table: completionFields, rows: completionRows },
  {
    title: 'POST /infill',
    also: 'Every field of /completion too.',
    table: without(infillFields, completionFields),
    rows: infillRows,
  },
  { title: 'POST /tokenize', table: tokenizeFields, rows: tokenizeRows },
  {
    title: "POST /tokenize, in vLLM's form",
    also: 'With `messages`, every field of /apply-template too.',
    table: without(promptTokensFields, applyTemplateFields),
    rows: promptTokensRows,
  },
  { title: 'POST /detokenize', table: detokenizeFields, rows: detokenizeRows },
  {
    title: 'POST /v1/chat/completions',
    also: 'Every field of /completion but `prompt` too, with the same effect (`test/contract/api/chat.test.ts`: "have the same effect as natively").',
    table: without(chatFields, generationFields),
    rows: chatRows,
  },
  {
    title: 'POST /v1/completions',
    also: 'Every field of /completion too.',
    table: without(textCompletionFields, generationFields),
    rows: textRows,
  },
  {
    title: 'POST /embedding',
    also: 'The same at /embeddings.',
    table: embeddingFields,
    rows: embeddingRows,
  },
  { title: 'POST /v1/embeddings', table: embeddingsFields, rows: openaiEmbeddingRows },
  {
    title: 'POST /rerank',
    also: 'The same at /reranking, /v1/rerank and /v1/reranking.',
    table: rerankFields,
    rows: rerankRows,
  },
  {
    title: 'POST /v1/messages',
    also: 'The sampling fields of /completion too. The same at /v1/messages/count_tokens.',
    table: without(messageFields, generationFields),
    rows: messageRows,
  },
  {
    title: 'POST /v1/responses',
    also: 'The sampling fields of /completion too. The same at /responses.',
    table: without(responseFields, generationFields),
    rows: responseRows,
  },
  {
    title: 'POST /v1/responses/input_tokens',
    also: 'The same at /responses/input_tokens.',
    table: inputTokensFields,
    rows: responseInputRows,
  },
  { title: 'POST /slots/:id', table: slotActionFields, rows: slotActionRows },
  { title: 'POST /apply-template', table: applyTemplateFields, rows: applyTemplateRows },
]

/** The fields of a table that another one has not, or otherwise. */
function without(table: FieldTable, shared: FieldTable): FieldTable {
  return Object.fromEntries(Object.entries(table).filter(([key, field]) => shared[key] !== field))
}
