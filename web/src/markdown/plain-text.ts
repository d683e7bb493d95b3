// Markdown as plain text, for places that know no marks: mails, notes, spreadsheets. Pure.
import type { Token, Tokens } from 'marked'
import { type DetailsToken, type FootnoteToken, lex, type MathToken } from './lexer.ts'

export function plainText(markdown: string): string {
  return blocks(lex(markdown)).trim()
}

function blocks(tokens: readonly Token[]): string {
  return tokens
    .map(block)
    .filter((text) => text !== '')
    .join('\n\n')
}

function block(token: Token): string {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'hr':
      return ''
    case 'code':
      return (token as Tokens.Code).text
    case 'blockquote':
      return blocks(within(token) ?? [])
    case 'list':
      return list(token as Tokens.List)
    case 'table': {
      const { header, rows } = token as Tokens.Table
      return [header, ...rows].map((row) => row.map((cell) => inlines(cell.tokens)).join('\t')).join('\n')
    }
    case 'math':
      return (token as unknown as MathToken).text
    case 'details': {
      const { summary, tokens } = token as unknown as DetailsToken
      return `${inlines(summary)}\n\n${blocks(tokens)}`
    }
    case 'footnote': {
      const { label, tokens } = token as unknown as FootnoteToken
      return `[${label}] ${inlines(tokens)}`
    }
    default:
      return within(token) === undefined ? token.raw.trim() : inlines(within(token))
  }
}

/** The tokens that a token consists of; undefined for plain text. */
function within(token: Token): readonly Token[] | undefined {
  return 'tokens' in token ? token.tokens : undefined
}

function list({ ordered, start, items }: Tokens.List): string {
  return items
    .map((item, i) => {
      const mark = ordered ? `${Number(start || 1) + i}.` : '-'
      const text = item.tokens
        .filter(({ type }) => type !== 'checkbox')
        .map(block)
        .join('\n')
      return `${mark} ${text.replaceAll('\n', `\n${' '.repeat(mark.length + 1)}`)}`
    })
    .join('\n')
}

function inlines(tokens: readonly Token[] | undefined): string {
  return (tokens ?? []).map(inline).join('')
}

function inline(token: Token): string {
  switch (token.type) {
    case 'br':
      return '\n'
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw)
        ? '\n'
        : /^<\/?(sub|sup|kbd|mark|u|ins|small|b|i|s)>$/i.test(token.raw)
          ? ''
          : token.raw
    case 'link': {
      const { href, text } = token as Tokens.Link
      const words = inlines(within(token))
      return words === href || text === href ? href : `${words} (${href})`
    }
    case 'image':
      return (token as Tokens.Image).text
    case 'footnote-ref':
      return `[${(token as unknown as { label: string }).label}]`
    case 'codespan':
    case 'math':
    case 'escape':
      return (token as { text?: string }).text ?? token.raw
    default:
      return within(token) === undefined ? ((token as { text?: string }).text ?? token.raw) : inlines(within(token))
  }
}
