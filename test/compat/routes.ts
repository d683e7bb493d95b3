// Every route of src/server/routes.ts, and the files that ship with the server, with the tests that prove them.
import { inItsCode, type Row, readme, row, rows, testsOf, today } from './row.ts'

const answers = testsOf('contract/api/answers')
const chat = testsOf('contract/api/chat')
const completion = testsOf('contract/api/completion')
const completionJs = testsOf('contract/api/completion-js')
const embeddings = testsOf('contract/api/embeddings')
const infill = testsOf('contract/api/infill')
const loading = testsOf('contract/api/loading')
const lora = testsOf('contract/engine/lora')
const messages = testsOf('contract/api/messages')
const openaiPackage = testsOf('contract/api/responses-openai-package')
const responses = testsOf('contract/api/responses')
const responseState = testsOf('contract/api/responses-state')
const responseStream = testsOf('contract/api/responses-stream')
const models = testsOf('contract/api/models')
const module = testsOf('contract/api/json-schema-module')
const ownPage = testsOf('browser/own-page')
const slotActions = testsOf('contract/api/slot-actions')
const slots = testsOf('contract/api/slots')
const staticFiles = testsOf('contract/api/static-files')
const template = testsOf('contract/api/apply-template')
const text = testsOf('contract/api/text-completions')
const tokenize = testsOf('contract/api/tokenize')

const health = row(
  readme.endpoint('/health'),
  [
    models('is ok'),
    loading('/health says so, and every route that needs the model is a 503; then all is well'),
    loading('/health says error and why, other routes are a 503, and all is well when the file is back'),
  ],
  'The statuses are 200, 503 and 500; `error` stands beside `status`.',
)
const listsModels = row(inItsCode, models('lists the one model by its alias'))
const chats = row(
  readme.endpoint('/v1/chat/completions'),
  [chat("is OpenAI's"), chat('begin with the role, alone, and end with the reason and [DONE]')],
  "The prompt is made by the model's own template, by ChatML where it has none.",
)

const reranks = row(today, [
  testsOf('contract/api/rerank')('the best text is first'),
  testsOf('contract/engine/embeddings-peer')('…: the scores of llama-server'),
  testsOf('contract/api/rerank')('all four paths are one'),
])

/** By method and path. */
export const routeRows: Readonly<Record<string, Row>> = {
  'GET /health': health,
  'GET /v1/health': health,
  'GET /props': row(readme.endpoint('/props'), [
    models("has the specification's names and llama-server's"),
    testsOf('contract/api/system-prompt')(
      'a request sets it for all: computed once, copied to every slot, told by /props',
    ),
  ]),
  'GET /model.json': row(inItsCode, completionJs('llamaModelInfo() is /model.json')),
  'GET /models': listsModels,
  'GET /v1/models': listsModels,
  ...rows(
    ['GET /models/*', 'GET /v1/models/*'],
    row('OpenAI', models('shows a model by any of its names, slashes or not')),
  ),
  'POST /completion': row(readme.endpoint('/completion'), [
    completion('has every field of the specification'),
    testsOf('contract/api/completion-stream')('are the text of the answer without a stream'),
  ]),
  'POST /completions': row(
    'README: API like OAI',
    [
      completion('is also at /completions'),
      text("/completions answers as OpenAI's text completion to a request that names a model, else as /completion"),
    ],
    "In llama-server it is another name of /completion, in api_like_OAI.py OpenAI's text completion: a request with a field that only OpenAI's has, as `model`, gets that.",
  ),
  'POST /infill': row(
    readme.endpoint('/infill'),
    [
      infill('/infill asks for what stands between prefix and suffix, in the order that the model was made for'),
      infill('/infill streams when asked, with the same text'),
      infill('bad input is a 400 that names the field; so is a model without such tokens'),
    ],
    'A stream only with `stream`, as the code had it. `prompt` is what the middle begins with, as today.',
  ),
  'POST /v1/messages': row('Anthropic', [
    messages("is Anthropic's"),
    messages('come in order, and add up to the whole answer'),
    messages('are not begun where the prompt is too long, and the error says so in Anthropic’s words'),
  ]),
  'POST /v1/messages/count_tokens': row('Anthropic', messages('counts what the answer then has as input')),
  ...rows(
    ['POST /v1/responses', 'POST /responses'],
    row(
      'OpenAI',
      [
        responses("is OpenAI's, complete"),
        responses('is also at /responses, where clients probe with no input at all'),
        responseStream('come in order, with the places of their item, and add up to the response'),
        openaiPackage("OpenAI's package streams responses, and its snapshot is the response"),
      ],
      'A stream that ends at `max_output_tokens` ends with `response.incomplete`; with `timings_per_token` or `return_progress` it ends with `response.completed`, as in llama-server.',
    ),
  ),
  ...rows(
    ['POST /v1/responses/input_tokens', 'POST /responses/input_tokens'],
    row('OpenAI', responses('has the same tokens as a text, as a message, and as messages of chats')),
  ),
  ...rows(
    ['POST /v1/chat/completions/input_tokens', 'POST /chat/completions/input_tokens'],
    row(today, responses('has the same tokens as a text, as a message, and as messages of chats')),
  ),
  ...rows(
    ['GET /v1/responses/:id', 'GET /responses/:id', 'DELETE /v1/responses/:id', 'DELETE /responses/:id'],
    row('OpenAI', [
      responseState('is found by its id, and deleted'),
      responseState('belongs to the key that asked for it'),
    ]),
  ),
  ...rows(
    ['POST /v1/responses/:id/cancel', 'POST /responses/:id/cancel'],
    row('OpenAI', responseState('is looked at and cancelled by another request')),
  ),
  ...rows(
    ['GET /v1/responses/:id/input_items', 'GET /responses/:id/input_items'],
    row('OpenAI', responseState('are all that the model was given, the latest first, in pages')),
  ),
  'POST /apply-template': row(today, template('/apply-template shows the prompt that chat would use')),
  'GET /slots': row(today, [
    slots(
      'a busy slot tells its task: prompt, what was cached of it, what was generated, and the numbers of its fields',
    ),
    slots('the engine is not asked: inside one long decode the slot is shown at work, and its prompt at its beginning'),
    slots('?fail_on_no_slot is a 503 only while all are busy, of /slots and of /health'),
  ]),
  'POST /slots/:id': row(today, [
    testsOf('contract/engine/slot-save')('a saved slot is restored into another one, as llama-server answers'),
    slotActions('an erased slot computes the whole prompt again'),
    slotActions('an unknown slot and an unknown action are refused by name'),
  ]),
  'GET /metrics': row(today, [
    testsOf('contract/api/metrics')('what is counted of a request is what its answer says'),
    testsOf('unit/server/metrics/metrics')(
      'a step is counted under the names of llama-server, its time shared by its rows',
    ),
  ]),
  'POST /embedding': row(
    readme.endpoint('/embedding'),
    [
      embeddings('answers one text with its vector, as the model makes it'),
      embeddings('answers several texts with their results, in their order'),
      testsOf('contract/engine/embedding-chunks')(
        'a text that is longer than a batch has the vector that one batch gives (…, …)',
      ),
      testsOf('e2e/embeddings')('sentences that say the same are alike, and those that do not are not'),
    ],
    'Without `--embedding` a 400, where the code sent zeros.',
  ),
  'POST /embeddings': row(today, embeddings('answers a list, the vectors normalized and each in a list')),
  'POST /v1/embeddings': row(today, [
    embeddings('answers a list of objects, normalized, with usage'),
    testsOf('e2e/embeddings')("OpenAI's library for Python reads floats, and base64, which it asks for by itself"),
  ]),
  ...rows(['POST /rerank', 'POST /reranking', 'POST /v1/rerank', 'POST /v1/reranking'], reranks),
  'GET /lora-adapters': row(
    today,
    lora('GET /lora-adapters lists them by id; POST sets those that it names and turns the others off'),
  ),
  'POST /lora-adapters': row(today, [
    lora('GET /lora-adapters lists them by id; POST sets those that it names and turns the others off'),
    lora('what is wrong is refused by name, and changes nothing'),
  ]),
  'POST /tokenize': row(readme.endpoint('/tokenize'), [
    tokenize('answers with token ids, without BOS'),
    tokenize("answers vLLM's form of a prompt, or of messages, with their number and the context"),
  ]),
  'GET /tokenizer_info': row('vLLM', tokenize('is told by /tokenizer_info')),
  'POST /detokenize': row(
    readme.endpoint('/detokenize'),
    tokenize('gives back what /tokenize took, whatever the characters'),
  ),
  'POST /v1/completions': row('README: API like OAI', [
    text('one prompt gives one choice in OpenAI’s shape, with usage'),
    text('a stream has the same text, a finish_reason at its end, usage when asked for, and [DONE]'),
    answers('/v1/completions has n choices for each prompt'),
  ]),
  'POST /chat/completions': row('README: API like OAI', chat('is also at /chat/completions')),
  'POST /v1/chat/completions': chats,
}

const client = 'README: extending the front end'

/** Files of the server itself, by their paths. */
export const fileRows: Readonly<Record<string, Row>> = {
  '/': row(client, [
    testsOf('browser/chat')('an answer streams in, is kept, and is there after a reload'),
    staticFiles('/ is index.html of the own folder, and a folder gets its slash'),
  ]),
  '/completion.js': row(client, [
    completionJs('llama() yields the events and returns the text'),
    ownPage("the README's page shows what the model says, as it comes"),
  ]),
  '/completion.js: `llama`': row(client, completionJs('llama() yields the events and returns the text')),
  '/completion.js: `llamaPromise`': row(
    client,
    completionJs('llamaPromise() is the text, streamed or not; a prefix may end with a slash'),
  ),
  '/completion.js: `llamaEventTarget`': row(
    client,
    completionJs('llamaEventTarget() tells pieces, settings, timings, and at the end the text'),
  ),
  '/completion.js: `llamaComplete`': row(client, completionJs('llamaComplete() hands each chunk to a function')),
  '/completion.js: `llamaModelInfo`': row(client, completionJs('llamaModelInfo() is /model.json')),
  '/completion.js: `controller`': row(client, [
    completionJs('aborting the controller ends the generator, and the server stops'),
    ownPage('aborting the controller on a page ends the request, and the only slot is free'),
  ]),
  '/completion.js: `api_key`': row(
    inItsCode,
    completionJs('a key is sent as such, and without it the error says what is missing'),
  ),
  ...rows(
    ['/json-schema-to-grammar.mjs', '/json-schema-to-grammar.mjs: `SchemaConverter`'],
    row(inItsCode, [
      module("SchemaConverter takes the order as today's module of llama.cpp does, and as that of 2024 did"),
      ownPage('a grammar that a page makes of a schema is followed'),
    ]),
  ),
  '/completion.d.ts, /json-schema-to-grammar.d.mts': row('ours', [
    staticFiles('each file has its type, and none is guessed'),
    module('it is a module, open without a key, with its types beside it'),
  ]),
}
