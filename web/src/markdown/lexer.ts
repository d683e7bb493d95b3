// Markdown → tokens, by marked, with what it lacks beside it: math, footnotes, details, and bold beside CJK punctuation.
// HTML in the text is never HTML here: it stays text, but for the few tags that the renderer knows.
import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from 'marked'

/** A formula; `isBlock` stands on its own. */
export type MathToken = {
  readonly type: 'math'
  readonly raw: string
  readonly text: string
  readonly isBlock: boolean
}

/** `[^1]`, the mark of a footnote in a text. */
export type FootnoteRefToken = { readonly type: 'footnote-ref'; readonly raw: string; readonly label: string }

/** `[^1]: …`, the footnote itself. */
export type FootnoteToken = {
  readonly type: 'footnote'
  readonly raw: string
  readonly label: string
  readonly tokens: readonly Token[]
}

/** `<details><summary>…</summary>…</details>`; one that is still open reaches to the end. */
export type DetailsToken = {
  readonly type: 'details'
  readonly raw: string
  readonly isOpen: boolean
  readonly summary: readonly Token[]
  readonly tokens: readonly Token[]
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

const footnoteRef: TokenizerAndRendererExtension = {
  name: 'footnote-ref',
  level: 'inline',
  start: (src) => foundAt(src, /\[\^/),
  tokenizer(src) {
    const match = /^\[\^([^\]\s]{1,40})\](?!\()/.exec(src)
    return match === null ? undefined : { type: 'footnote-ref', raw: match[0], label: match[1]! }
  },
  renderer: () => '',
}

const footnote: TokenizerAndRendererExtension = {
  name: 'footnote',
  level: 'block',
  start: (src) => foundAt(src, /(?<=\n)\[\^/),
  tokenizer(src) {
    // one line, and those after it that are no footnote, no blank line and no other block
    const match = /^\[\^([^\]\s]{1,40})\]:[ \t]*([^\n]*(?:\n(?!\[\^|\s*\n|#|```|[-*+>|] )[^\n]+)*)(?:\n|$)/.exec(src)
    if (match === null) return undefined
    return { type: 'footnote', raw: match[0], label: match[1]!, tokens: this.lexer.inlineTokens(match[2]!) }
  },
  renderer: () => '',
}

const details: TokenizerAndRendererExtension = {
  name: 'details',
  level: 'block',
  start: (src) => foundAt(src, /(?<=\n)<details/),
  tokenizer(src) {
    const head = /^<details( open)?>\s*(?:<summary>([\s\S]*?)<\/summary>)?/.exec(src)
    if (head === null) return undefined
    const end = endOfDetails(src)
    const inner = src.slice(head[0].length, end.inner)
    return {
      type: 'details',
      raw: src.slice(0, end.outer),
      isOpen: head[1] !== undefined,
      summary: this.lexer.inlineTokens((head[2] ?? '').trim()),
      tokens: this.lexer.blockTokens(inner.replace(/^\n+/, '')),
    }
  },
  renderer: () => '',
}

/** Where the details at the start of a text end: `inner` before the closing tag, `outer` behind it and its line. */
function endOfDetails(src: string): { readonly inner: number; readonly outer: number } {
  let depth = 0
  for (const match of src.matchAll(/<(\/?)details(?: open)?>/g)) {
    depth += match[1] === '' ? 1 : -1
    if (depth > 0) continue
    const behind = match.index + match[0].length
    return { inner: match.index, outer: behind + (/^[ \t]*\n?/.exec(src.slice(behind))?.[0].length ?? 0) }
  }
  return { inner: src.length, outer: src.length }
}

const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u

/** CommonMark takes `**“x”**y` as no emphasis: its rules for punctuation expect blanks between words, which CJK lacks. */
const cjkStrong: TokenizerAndRendererExtension = {
  name: 'cjk-strong',
  level: 'inline',
  start: (src) => foundAt(src, /\*\*/),
  tokenizer(src) {
    const match = /^\*\*(?![\s*])([^*\n`]*?[^\s*`])\*\*(?!\*)/.exec(src)
    if (match === null || !cjk.test(match[1]! + src.slice(match[0].length, match[0].length + 2))) return undefined
    const strong: Tokens.Strong = {
      type: 'strong',
      raw: match[0],
      text: match[1]!,
      tokens: this.lexer.inlineTokens(match[1]!),
    }
    return strong
  },
  renderer: () => '',
}

function foundAt(src: string, what: RegExp): number | undefined {
  const at = src.search(what)
  return at < 0 ? undefined : at
}

const extensions = [math('block'), math('inline'), footnote, footnoteRef, details, cjkStrong]
const marked = new Marked({ gfm: true, breaks: true, extensions })

export function lex(text: string): readonly Token[] {
  return marked.lexer(text)
}
