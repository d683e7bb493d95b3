// Every example of the specification, of docs/examples.md (by its marker) and of examples/ (by its path), with the test that runs it.
import { ours, type Row, row, testsOf } from './row.ts'

const run = testsOf('e2e/readme-examples')
const chats = testsOf('contract/cli/example-chats')

const inTerminal = run('the chats in the terminal answer what is typed')
const asked = chats('asks with the settings of the specification, and remembers turns and slot')
const systemPrompt = row('README: change system prompt on runtime', [
  run('a system prompt is set by a request, and by -spf'),
  testsOf('contract/api/system-prompt')(
    '-spf takes the file that the specification shows, with system_prompt around it as in a request',
  ),
])
const ownPage = row('README: extending the front end', [
  run('the page of --path is served, and it is the one that the docs show'),
  testsOf('browser/own-page')("the README's page shows what the model says, as it comes"),
])
const python = row(ours, run("the chat with OpenAI's Python library prints two turns and a text"))

const embedding = row(ours, run('the embedding model is made, served and asked'))

/** By marker in docs/examples.md. */
export const readmeExamples: Readonly<Record<string, Row>> = {
  'curl-completion': row('README: testing with curl', run('the curl command of /completion prints a completion')),
  'curl-stream': row(ours, run('the curl command of a stream prints events')),
  'node-completion': row('README: Node JS test', run('the Node.js example prints the text')),
  'python-openai': row(
    'README: /v1/chat/completions',
    run("the example with OpenAI's Python library prints the message"),
  ),
  'python-without-prefix': row(
    'README: API like OAI',
    run("OpenAI's Python library without /v1 prints a chat and a text"),
  ),
  'curl-chat': row('README: /v1/chat/completions', run('the curl command of a chat prints a message')),
  'chat-mjs': row('README: interactive mode', [inTerminal, asked]),
  'chat-sh': row('README: interactive mode', [inTerminal, asked]),
  'python-chat': python,
  'system-prompt': systemPrompt,
  'start-system-prompt': systemPrompt,
  'start-page': ownPage,
  page: ownPage,
  'curl-picture': row(ours, testsOf('e2e/pictures')("the README's curl command sends a picture")),
  'start-names': row('README: API like OAI', run('names make the chat prompt')),
  'start-embedding': embedding,
  'curl-embedding': embedding,
}

/** By path. */
export const exampleFiles: Readonly<Record<string, Row>> = {
  'examples/chat.mjs': row(
    'README: interactive mode',
    [inTerminal, asked, chats('chat.mjs makes the grammar of a JSON schema by the module of the server')],
    'Its flags, settings and turns are those of the old one.',
  ),
  'examples/chat.sh': row('README: interactive mode', [inTerminal, asked]),
  'examples/page/index.html': ownPage,
  'examples/python/chat.py': python,
  'examples/python/requirements.txt': python,
  'examples/system-prompt.json': systemPrompt,
}

/** What else the specification shows. */
export const otherExamples: Readonly<Record<string, Row>> = {
  '`./server -m models/7B/ggml-model.gguf -c 2048`': row(
    'README: quick start',
    [
      testsOf('e2e/start')(
        'node scripts/start.mjs serves from another folder, and a path among the flags is of that folder',
      ),
      testsOf('contract/engine/context')('-c is shared by the slots'),
    ],
    'As `npm start -- -m models/7B/ggml-model.gguf -c 2048`.',
  ),
  '`python api_like_OAI.py`': row(
    'README: API like OAI',
    [
      run("OpenAI's Python library without /v1 prints a chat and a text"),
      testsOf('contract/api/chat-template-flags')('the names make the prompt, with and without /v1'),
    ],
    'It is part of the server: [why and how](decisions/transcript-templates.md).',
  ),
  '`"logit_bias": [[15043,1.0]]`, `[[15043,-1.0]]`, `[[15043,false]]`': row('README: /completion', [
    testsOf('contract/api/sampling')('is added to the logit'),
    testsOf('contract/api/sampling')('false is never'),
  ]),
  '`USER:[img-12]Describe the image in detail.\\nASSISTANT:`': row(
    'README: /completion',
    testsOf('e2e/pictures')(
      'image_data with marks is the same prompt, in the middle, twice, and before the text without a mark',
    ),
  ),
}
