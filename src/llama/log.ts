// libllama's log: lines with a level, put together from the parts that the library prints.
import koffi from 'koffi'
import { LogCallback } from './structs.ts'
import type { Symbols } from './symbols.ts'

export type EngineLogLine = { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }

// ggml_log_level in ggml.h; 5 continues the line before
const levels: readonly (EngineLogLine['level'] | undefined)[] = ['info', 'debug', 'info', 'warn', 'error']
const continued = 5

/** libllama prints on the thread that called it, which here is always the main thread. */
export class LogCollector {
  readonly #sink: (line: EngineLogLine) => void
  #level: EngineLogLine['level'] = 'info'
  #text = ''

  constructor(sink: (line: EngineLogLine) => void) {
    this.#sink = sink
  }

  attach(symbols: Symbols): void {
    const callback = koffi.register((level: number, text: string) => this.push(level, text), koffi.pointer(LogCallback))
    symbols.llama_log_set(callback, null)
  }

  push(level: number, text: string): void {
    if (level !== continued) {
      this.flush()
      this.#level = levels[level] ?? 'info'
    }
    this.#text += text
    if (this.#text.endsWith('\n')) this.flush()
  }

  flush(): void {
    const text = this.#text.trimEnd()
    this.#text = ''
    if (text !== '') this.#sink({ level: this.#level, text })
  }
}
