// Every row of the flag table (src/options/table.ts), with the tests that prove it.
import type { table } from '../../src/options/table.ts'
import { inItsCode, ours, type Row, readme, row, rows, testsOf, today } from './row.ts'

const reasoning = testsOf('contract/api/reasoning')
const apiKeys = testsOf('contract/api/api-keys')
const chosenTemplate = testsOf('unit/server/chat/template/chosen-template')
const context = testsOf('contract/engine/context')
const bodies = testsOf('contract/api/bodies')
const cors = testsOf('contract/api/cors')
const embeddingPieces = testsOf('contract/engine/embedding-chunks')
const embeddings = testsOf('contract/api/embeddings')
const engineFlags = testsOf('contract/cli/engine-flags')
const engineOptions = testsOf('unit/cli/engine-options')
const fetchModel = testsOf('unit/files/model-store/fetch-model')
const help = testsOf('contract/cli/help')
const http = testsOf('contract/api/http')
const hub = testsOf('unit/files/model-store/hugging-face')
const imageUrl = testsOf('unit/server/images/image-url')
const lora = testsOf('contract/engine/lora')
const loraBase = testsOf('contract/engine/lora-base')
const peerFlags = testsOf('contract/cli/peer-flags')
const pictures = testsOf('unit/server/images/image-file')
const refusals = testsOf('contract/cli/refusals')
const resolve = testsOf('unit/options/resolve')
const sampling = testsOf('contract/cli/sampling-flags')
const serving = testsOf('contract/cli/serving')
const slotSave = testsOf('contract/engine/slot-save')
const slots = testsOf('contract/engine/slots')
const start = testsOf('e2e/start')
const staticFiles = testsOf('contract/api/static-files')
const systemPrompt = testsOf('contract/api/system-prompt')
const templateFlags = testsOf('contract/api/chat-template-flags')
const timeout = testsOf('contract/api/timeout')

const reachLibllama = engineFlags('flags of batch, cache types, flash attention, RoPE and loading reach libllama')
const noUse = engineFlags(
  '--mlock and --numa reach libllama, and where the machine has no use for a flag it is said and the server runs',
)
const yarn = engineFlags(
  '--rope-scaling and each flag of YaRN change what the model computes, and -1 is what the model says',
)
const fieldDefault = testsOf('contract/cli/default-flags')
const warnings = testsOf('unit/options/warnings')
const handedOn = engineOptions('engineOptions() hands on what each flag of the engine says')
const noEffect = peerFlags('flags without effect are taken in every spelling, and change no answer')
const isDefault = sampling('each sampling flag is the default of its field, as /props, /model.json and answers tell')
const names = templateFlags('the names make the prompt, with and without /v1')
const loggedPlain = serving(
  '--log-colors on colours the log, --no-log-prefix and --no-log-timestamps leave only what is said',
)

export const flagRows = {
  // model
  model: row(readme.options, [
    start('node scripts/start.mjs serves from another folder, and a path among the flags is of that folder'),
    refusals('refused: a model file that is empty, is no GGUF, or ends too early'),
  ]),
  alias: row(readme.options, serving('--alias is the name of the model; the path is, without it')),
  tags: row(today, peerFlags('the model goes by the first of its aliases, and all of them and its tags are told')),
  offline: row(today, peerFlags('--offline fetches nothing: without a model in the cache the program ends')),
  cacheDir: row(ours, start('without -m the default model is served, from the cache folder when it is there')),
  hfEndpoint: row(
    ours,
    fetchModel('fetches from the first source, and uses the cached file without network afterwards'),
  ),
  hfToken: row(today, hub('sends the token, and takes a hub address that ends with a slash')),
  gpuLayers: row(readme.options, [noUse, handedOn]),
  mainGpu: row(readme.options, [noUse, handedOn]),
  tensorSplit: row(readme.options, [noUse, handedOn]),
  splitMode: row(inItsCode, [noUse, handedOn]),
  mlock: row(readme.options, noUse),
  mmap: row(readme.options, reachLibllama),
  lora: row(
    readme.options,
    lora('answers with adapters are those of llama-server, and each set of adapters has another one'),
    'It implied `--no-mmap`, because the model was changed in memory. Now the adapter stands beside the model, so the model may stay mapped.',
  ),
  loraBase: row(readme.options, [
    loraBase('merged into the float model, the adapters give what libllama gives with them'),
    loraBase('merged into the quantized model, they differ from the float model with them by its quantization alone'),
  ]),
  loraInitWithoutApply: row(today, lora('--lora-init-without-apply loads them with scale 0, for those who ask')),
  overrideKv: row(
    inItsCode,
    engineFlags(
      '--override-kv changes metadata for the engine and for the vocabulary, and tells a key that is not asked for',
    ),
  ),

  // server
  host: row(
    readme.options,
    [
      serving('--host 0.0.0.0 tells this machine first, and answers there'),
      peerFlags('every address of --host is listened on, at the same port'),
    ],
    'Several addresses are as today.',
  ),
  port: row(
    readme.options,
    [serving('LLAMA_ARG_PORT is the port'), refusals('refused: a port that is taken')],
    'Where the old server tried the next ports, a taken one is an error that names it.',
  ),
  timeoutS: row(readme.options, [
    timeout('a body that drips is cut off all the same: the limit is for the whole'),
    timeout('a stream that nobody reads is cut off, and its slot is free again'),
    timeout('an answer that takes longer than the limit is not cut off'),
  ]),
  bodyLimitMiB: row(ours, [
    http('over --body-limit is a 413, whether its length is told or not'),
    bodies('that unpacks to more than --body-limit is a 413'),
  ]),
  apiKey: row(readme.options, [
    apiKeys('every key counts, as Bearer token or X-Api-Key'),
    apiKeys('without a key, or with another, the answer is a 401 that says what to send'),
    apiKeys('/health and /v1/models are open, /props is not'),
  ]),
  apiKeyFile: row(readme.options, [
    apiKeys('every key counts, as Bearer token or X-Api-Key'),
    apiKeys('a file of keys that is missing or empty ends the start with a sentence'),
  ]),
  sharedCache: row(
    ours,
    testsOf('contract/engine/shared-prefixes')(
      'each API key has what was computed for it, and with --shared-cache what was computed for all',
    ),
    "llama-server's caches know no keys.",
  ),
  allowedHosts: row(ours, [
    cors('--allowed-hosts lets the page work by such a name, and answers to no other'),
    cors('by default the page does not work by a foreign name, and the refusal says what to add'),
  ]),
  corsOrigins: row(today, [
    cors('lets those and no others'),
    cors('lets all pages, without credentials'),
    cors('pages of others may not'),
  ]),
  path: row(readme.options, [
    staticFiles('/ is index.html of the own folder, and a folder gets its slash'),
    staticFiles('built-in files are behind the own ones, open without a key'),
    staticFiles('nothing outside the folder is served, however the way out is spelled'),
  ]),
  ui: row(today, staticFiles('--no-ui serves no built-in file')),

  // context
  ctxSize: row(
    readme.options,
    [context('-c is shared by the slots'), serving('a flag wins over its environment variable')],
    'Its default was 512; now it is what the model was trained for.',
  ),
  batchSize: row(readme.options, reachLibllama),
  ubatchSize: row(today, reachLibllama),
  parallel: row(readme.options, slots('twelve requests at once on four slots have the texts that they have alone')),
  contBatching: row(
    readme.options,
    [
      slots('a request joins while another one generates'),
      slots('--no-cont-batching: a prompt waits until no slot generates'),
    ],
    'It was off by default.',
  ),
  kvUnified: row(
    today,
    testsOf('contract/engine/kv-unified')('a slot may use the whole pool, also what another one left behind'),
  ),
  slotPromptSimilarity: row(
    today,
    testsOf('contract/engine/prefix-reuse')(
      '--slot-prompt-similarity says how much of a prompt must be there for a slot to be chosen for it',
    ),
  ),
  contextShift: row(today, [
    context('--context-shift: /v1/chat/completions goes on past it'),
    context('--no-context-shift: /completion ends with limit'),
  ]),
  systemPromptFile: row(readme.options, [
    systemPrompt('-spf has it from the start, in /v1 too'),
    systemPrompt('-spf takes the file that the specification shows, with system_prompt around it as in a request'),
    systemPrompt('a bad file ends the start with the reason'),
  ]),
  ...rows(
    ['grpAttnN', 'grpAttnW'],
    row(readme.options, [
      testsOf('unit/engine/cache/self-extend')('positions after every step are those of the formulas: n …, w …'),
      testsOf('contract/engine/self-extend')(
        'a long prompt has the same text in whatever pieces it is computed, and another one than without self-extend',
      ),
    ]),
  ),
  tokenGapMs: row(ours, [
    testsOf('unit/engine/scheduler/prefill-budget')(
      'the chunk is as many times 64 tokens as fit into the gap, at least once, at most the batch',
    ),
    handedOn,
  ]),
  cacheTypeK: row(today, reachLibllama),
  cacheTypeV: row(today, [
    reachLibllama,
    engineFlags('a combination that libllama cannot make ends the start with its reason'),
  ]),
  flashAttn: row(today, reachLibllama),
  ropeScaling: row(inItsCode, yarn),
  ropeScale: row(today, reachLibllama),
  ropeFreqBase: row(inItsCode, reachLibllama),
  ropeFreqScale: row(
    inItsCode,
    engineOptions('engineOptions() makes one factor of --rope-scale and --rope-freq-scale'),
  ),
  ...rows(['yarnOrigCtx', 'yarnExtFactor', 'yarnBetaSlow', 'yarnBetaFast'], row(inItsCode, yarn)),
  yarnAttnFactor: row(
    inItsCode,
    yarn,
    'libllama uses it only with `--yarn-ext-factor 0`; else it works the factor out itself.',
  ),
  memoryF32: row(
    readme.options,
    engineFlags('without them libllama has its defaults, and --memory-f32 is both caches in f32'),
  ),

  // processor
  ...rows(
    ['threads', 'threadsBatch'],
    row(
      readme.options,
      engineFlags('-t and -tb reach libllama, and /props tells what it has; -tb is as -t when not given'),
    ),
  ),
  numa: row(
    readme.options,
    [noUse, resolve('resolveOptions() takes a value that may be left out only when it is there')],
    'Alone as then, or with a type as today.',
  ),

  // sampling
  nPredict: row(
    inItsCode,
    testsOf('contract/api/apply-template')('-n is the most that an answer gets when the request does not say'),
  ),
  ...rows(
    [
      ...(['temperature', 'topK', 'topP', 'minP', 'tfsZ', 'typicalP', 'topNSigma'] as const),
      ...(['xtcProbability', 'xtcThreshold', 'repeatLastN', 'repeatPenalty', 'presencePenalty'] as const),
      ...(['frequencyPenalty', 'dryMultiplier', 'dryBase', 'dryAllowedLength', 'dryPenaltyLastN'] as const),
      ...(['dynatempRange', 'dynatempExponent', 'mirostat', 'mirostatEta', 'mirostatTau', 'seed', 'nKeep'] as const),
    ],
    row(today, [
      isDefault,
      sampling('a server with these flags writes what another one writes for a request that names them all'),
    ]),
  ),

  ...rows(
    ['samplers', 'ignoreEos', 'logitBias', 'drySequenceBreakers', 'stop', 'cachePrompt'],
    row(today, fieldDefault('a server with the flag answers what another one answers to a request with the field')),
  ),
  ...rows(
    ['grammar', 'jsonSchema'],
    row(today, [
      fieldDefault('a server with the flag answers what another one answers to a request with the field'),
      fieldDefault('a request with a grammar, a schema or a format of its own has none of the server'),
      fieldDefault('a value that no request could have ends the start with the flag, the value and the rule'),
    ]),
  ),

  // chat
  chatTemplateKwargs: row(
    today,
    fieldDefault('--chat-template-kwargs are variables of every chat, and a request adds its own'),
  ),
  chatTemplate: row(
    today,
    [
      templateFlags("--chat-template is served in place of the model's, and /props tells it"),
      chosenTemplate('--chat-template chatml is ChatML, and its end stops answers'),
      testsOf('unit/server/chat/template/built-in')(
        "every name of llama-server's has a template, which writes what llama-server writes",
      ),
      chosenTemplate('a template that cannot be had ends the start with a sentence'),
    ],
    "Its names are llama-server's, as Jinja.",
  ),
  chatTemplateFile: row(today, chosenTemplate('--chat-template is Jinja, from the command line or a file')),
  jinja: row(today, [noEffect, chosenTemplate('no flag: the model decides')], 'There is no other kind of template.'),
  reasoning: row(today, reasoning('is off by --reasoning off, unless the request switches it on')),
  reasoningFormat: row(today, reasoning('stays in the text with reasoning_format none')),
  reasoningBudget: row(today, reasoning('is the flag’s, unless the request has one')),
  reasoningBudgetMessage: row(today, reasoning('may end with a message')),
  chatPrompt: row('README: api_like_OAI.py', names),
  userName: row('README: api_like_OAI.py', names),
  aiName: row('README: api_like_OAI.py', names),
  systemName: row(
    'README: api_like_OAI.py',
    chosenTemplate('all names count, \\\\n is a line break, and the space after the last name is left to the model'),
  ),
  chatStop: row(
    'README: api_like_OAI.py',
    templateFlags('--stop ends the answer, beside the stops of the request'),
    'Its `--llama-api` and its port have no counterpart: it is part of the server.',
  ),

  // log
  verbose: row(inItsCode, serving('-v shows the log of libllama; --log-format json: every line is a JSON object')),
  logVerbosity: row(today, [
    serving('-lv 3 shows each request'),
    serving('the log tells in a few lines where the server is, and nothing of libllama'),
  ]),
  logDisable: row(inItsCode, serving('--log-disable prints nothing')),
  logFile: row(today, serving('--log-file: the log is in the file as well as on the terminal')),
  logFormat: row(ours, serving('-v shows the log of libllama; --log-format json: every line is a JSON object')),
  logColors: row(today, loggedPlain),
  logPrefix: row(today, loggedPlain),
  logTimestamps: row(today, loggedPlain),

  // general
  help: row(inItsCode, [
    help('--help lists every flag that is served, its environment variable and its default'),
    help('-h and --usage print the same; a refused flag beside them does not matter for the exit code'),
  ]),
  listDevices: row(
    today,
    testsOf('contract/cli/devices')(
      '--list-devices prints what the engine can compute on, and how to get a GPU package',
    ),
  ),
  version: row(today, help('--version prints the versions')),
  ...rows(
    ['nobrowser', 'unsecure', 'gpu'],
    row(
      inItsCode,
      noEffect,
      "llamafile's, for what is not here: a browser that is opened, a sandbox, GPU code that is compiled.",
    ),
  ),

  // images
  mmproj: row(readme.options, [
    testsOf('e2e/pictures')('… over HTTP says the same about pictures as llama-server'),
    testsOf('e2e/pictures')('a projector that does not fit, or is none, ends the start'),
  ]),
  mmprojAuto: row(today, resolve('resolveOptions() leaves the projector out with --no-mmproj, wherever it was named')),
  imageMaxBytes: row(ours, imageUrl('too much, too slow, not there and no picture are refused')),
  imageMaxPixels: row(ours, [
    pictures('more pixels than allowed are refused by the header, before anything is unpacked'),
    pictures('many pictures, and many pixels together, are refused by the name of the one too many'),
  ]),
  imageCacheMiB: row(ours, [
    testsOf('e2e/image-encoder')('without room nothing is kept'),
    testsOf('unit/image-encoder/embedding-cache')('the rows that were used longest ago leave first'),
  ]),
  allowImageUrls: row(ours, imageUrl('URLs are not fetched unless the server was told to')),
  allowPrivateImageUrls: row(
    ours,
    imageUrl('private addresses are refused before a connection is made, in every spelling'),
  ),
  imageUrlTimeoutS: row(ours, imageUrl('too much, too slow, not there and no picture are refused')),
  mediaPath: row(today, imageUrl('files outside the media folder are refused, and nothing tells whether they exist')),

  // embeddings
  embedding: row(readme.options, [
    embeddings('answers one text with its vector, as the model makes it'),
    embeddings('anything without --embedding'),
    embeddingPieces('embeddings and completions at the same time answer what each answers alone'),
  ]),
  pooling: row(today, [
    testsOf('contract/engine/embeddings-peer')('…, pooling …: the vectors of llama-server'),
    embeddings("is the vector of the last token: that of pooling none's last row"),
  ]),
  embdNormalize: row(today, [
    embeddings('is scaled when the request says how'),
    testsOf('unit/server/generate/embed')('p makes the p-norm 1'),
  ]),
  reranking: row(today, [
    testsOf('contract/api/rerank')('the best text is first'),
    testsOf('contract/api/rerank')('a server that was not asked for it, and a model that cannot, say so'),
  ]),

  // what the server is doing
  slotSavePath: row(today, [
    slotSave('a slot is restored in a later process: the next prompt finds all of it'),
    slotSave('without --slot-save-path saving and restoring are refused with the flag, erasing is not'),
    slotSave('a folder that is none ends the start with the reason'),
  ]),
  ssePingInterval: row(
    today,
    testsOf('contract/api/silence')(
      'a stream that waits sends its headers and comments, and an error later is an event',
    ),
  ),
  strictFields: row(
    ours,
    testsOf('contract/api/foreign-fields')('with --strict-fields every field that there is not is refused'),
  ),
  slots: row(today, testsOf('contract/api/slots')('--no-slots: a 501 that says why')),
  metrics: row(today, testsOf('contract/api/metrics')('without --metrics: a 501 that names it')),

  // of today's llama-server, without effect
  ...rows(
    [
      ...(['cacheRam', 'cacheIdleSlots', 'swaFull', 'backendSampling', 'warmup', 'defragThold'] as const),
      ...(['fit', 'threadsHttp', 'perf', 'escape'] as const),
    ],
    row(today, [noEffect, warnings('optionWarnings() names a flag without effect, what was given to it, and why')]),
  ),
} as const satisfies Record<keyof typeof table, Row>
