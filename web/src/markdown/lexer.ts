// Markdown → tokens, by marked, with math beside what it knows. HTML in the text is never HTML here: it stays text.
import { Marked, type Token, type TokenizerAndRendererExtension } from 'marked'

/** A formula; `isBlock` stands on its own. */
export type MathToken = {
  readonly type: 'math'
  readonly raw: string
  readonly text: string
  readonly isBlock: boolean
}

const displayed = /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])/
// a dollar before a digit or a blank is money
const inline = /^(?:\$(?![\s\d])((?:\\.|[^\\$\n])*?[^\s\\$])\$(?!\d)|\\\(([\s\S]+?)\\\))/

function math(level: 'block' | 'inline'): TokenizerAndRendererExtension {
  return {
    name: 'math',
    level,
    // where marked should stop to look: a block begins with a line
    start: (src) => {
      const at = level === 'block' ? src.search(/(?<=\n)(?:\$\$|\\\[)/) : src.search(/\$|\\[([]/)
      return at < 0 ? undefined : at
    },
    tokenizer(src) {
      const match = displayed.exec(src) ?? (level === 'inline' ? inline.exec(src) : null)
      if (match === null) return undefined
      const isBlock = src.startsWith('$$') || src.startsWith('\\[')
      return { type: 'math', raw: match[0], text: (match[1] ?? match[2] ?? '').trim(), isBlock }
    },
    renderer: () => '',
  }
}

const marked = new Marked({ gfm: true, extensions: [math('block'), math('inline')] })

export function lex(text: string): readonly Token[] {
  return marked.lexer(text)
}
