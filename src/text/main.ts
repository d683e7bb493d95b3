// The text worker: work on long texts, where a crash of libllama's tokenizer or an endless template
// harms no other request. It does one job at a time, synchronously, and can be killed at any
// moment.
import { setPriority } from 'node:os'
import { RequestError, StartError } from '../base/errors.ts'
import { enlargeStack } from '../llama/library.ts'
import type { ChatTemplate } from '../server/chat/template/chat-template.ts'
import { makeTemplate } from '../server/text/make-template.ts'
import { type FromTextWorker, packAnswer, type TextWorkerOptions, type ToTextWorker } from '../server/text/messages.ts'
import { prepareText, type TextAsk, type TextTools } from '../server/text/prepare.ts'
import { Tokenizer } from '../server/text/tokenizer.ts'

class LongTextTokenizer extends Tokenizer {
  override tokenize(text: string, addSpecial = false, parseSpecial = true): number[] {
    return this.vocab.tokenizeLong(text, addSpecial, parseSpecial)
  }
}

const niceness = 10

let tools: TextTools | undefined

process.on('message', (message: ToTextWorker) => {
  if (message.kind === 'load') load(message.options)
  else void run(message.ask)
})
process.on('disconnect', () => process.exit(0)) // the server is gone
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the server decides when to stop
process.on('SIGTERM', () => {})

function send(message: FromTextWorker): void {
  process.send?.(message)
}

function load({ modelPath, kvOverrides, template: choice }: TextWorkerOptions): void {
  enlargeStack()
  try {
    const tokenizer = new LongTextTokenizer(modelPath, kvOverrides)
    let template: ChatTemplate | undefined
    tools = {
      tokenizer,
      template: () => {
        template ??= makeTemplate(choice, tokenizer)
        return template
      },
      onStage: (stage) => send({ kind: 'stage', stage }),
    }
    lowerPriority()
    send({ kind: 'ready' })
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.send?.({ kind: 'failed', message: error.message }, () => process.exit(error.exitCode))
  }
}

/**
 * Lowers the priority below that of the server and the engine: no other answer waits for a long
 * text. Best effort.
 */
function lowerPriority(): void {
  try {
    setPriority(niceness)
  } catch {}
}

async function run(ask: TextAsk): Promise<void> {
  try {
    send({ kind: 'done', answer: packAnswer(await prepareText(ask, tools!)) })
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    send({ kind: 'error', error: { kind: error.kind, message: error.message, details: error.details } })
  }
}
