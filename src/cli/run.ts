// `cria run`: a prompt, or a chat, in the terminal. It is a client of a private server of its own.
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'
import { start } from './start.ts'

type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }

/**
 * @param texts words of the prompt; a word that ends with .gguf is the model.
 * @throws StartError when the server cannot be started, or refuses the prompt.
 */
export async function runInTerminal(options: Options, texts: readonly string[]): Promise<void> {
  const model = texts.find((word) => word.endsWith('.gguf'))
  const prompt = texts.filter((word) => word !== model).join(' ')
  const quiet: Options = {
    ...options,
    ...(model === undefined ? {} : { model }),
    host: '127.0.0.1',
    port: 0,
    ui: false,
    apiKey: undefined,
    apiKeyFile: undefined,
    // the verbosity that was asked for, else only warnings
    logVerbosity: options.logVerbosity === 2 ? 1 : options.logVerbosity,
  }
  const server = await start(quiet, [], { stopsOnSignals: true })
  const chat = new Chat(`${server.urls[0]}/v1/chat/completions`)
  try {
    if (prompt !== '') await chat.ask(prompt)
    else if (process.stdin.isTTY) await converse(chat)
    else await chat.ask(await text(process.stdin))
  } finally {
    await server.stop()
  }
}

/** One line per turn, until an empty line or the end of the input. */
async function converse(chat: Chat): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  for (;;) {
    const line = await Promise.race([lines.question('> ').catch(() => ''), ended])
    if (line.trim() === '') break
    await chat.ask(line)
  }
  lines.close()
}

class Chat {
  readonly #url: string
  readonly #messages: Message[] = []

  constructor(url: string) {
    this.#url = url
  }

  /**
   * Prints the answer as it arrives, and remembers both sides. @throws StartError with the server's
   * own message.
   */
  async ask(content: string): Promise<void> {
    this.#messages.push({ role: 'user', content })
    const body = JSON.stringify({ messages: this.#messages, stream: true })
    const response = await fetch(this.#url, { method: 'POST', body })
    if (!response.ok) throw new StartError(await errorOf(response))
    let answer = ''
    for await (const event of eventsOf(response)) {
      if (event.error !== undefined) throw new StartError(event.error.message)
      const delta = event.choices?.[0]?.delta?.content ?? ''
      answer += delta
      process.stdout.write(delta)
    }
    process.stdout.write('\n')
    this.#messages.push({ role: 'assistant', content: answer })
  }
}

type ChatEvent = {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[]
  readonly error?: { readonly message: string }
}

async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as ChatEvent
  return error?.message ?? `the server answered ${response.status}`
}

/** The events of a stream, without its end mark. */
async function* eventsOf(response: Response): AsyncGenerator<ChatEvent> {
  let rest = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (line.startsWith('data: {')) yield JSON.parse(line.slice(6))
    }
  }
}
