/** A fault of a grammar and its place, and the error that carries it out of the parser. */

/**
 * `line` and `column` are 1-based; a column counts code points. `message` is a clause without a
 * final full stop.
 */
export type GrammarProblem = { readonly line: number; readonly column: number; readonly message: string }

/** Thrown inside src/grammar only, and caught in gbnf.ts. `at` is an offset into the source. */
export class GrammarError extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/** The line and column of an offset. `\n`, `\r\n` and a lone `\r` end a line, as in libllama. */
export function positionAt(source: string, at: number): { line: number; column: number } {
  let line = 1
  let lineStart = 0
  for (let i = 0; i < at; i++) {
    const c = source[i]
    if (c === '\n' || (c === '\r' && source[i + 1] !== '\n')) {
      line++
      lineStart = i + 1
    }
  }
  let column = 1
  for (let i = lineStart; i < at; column++) i += source.codePointAt(i)! > 0xffff ? 2 : 1
  return { line, column }
}
