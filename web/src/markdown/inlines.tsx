// What stands within a line: emphasis, code, links, formulas, and the few tags that models write for what Markdown lacks.
import type { Token, Tokens } from 'marked'
import { lazy, type ReactNode, Suspense } from 'react'
import { t } from '../words/words.ts'
import type { FootnoteRefToken, MathToken } from './lexer.ts'

const Formula = lazy(() => import('./formula.tsx'))

/** Tags that become elements; with attributes they stay text. */
const tags = ['sub', 'sup', 'kbd', 'mark', 'u', 'ins', 'small', 'b', 'i', 's'] as const
type Tag = (typeof tags)[number]
const opening = new RegExp(`^<(${tags.join('|')})>$`, 'i')

export function inlines(tokens: readonly Token[] | undefined): ReactNode {
  if (tokens === undefined) return undefined
  const nodes: ReactNode[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    const tag = token.type === 'html' ? (opening.exec(token.raw)?.[1]?.toLowerCase() as Tag | undefined) : undefined
    const end = tag === undefined ? -1 : closingAt(tokens, i, tag)
    if (tag === undefined || end < 0) {
      nodes.push(inlineOf(token, i))
      continue
    }
    const Tag = tag
    nodes.push(<Tag key={i}>{inlines(tokens.slice(i + 1, end))}</Tag>)
    i = end
  }
  return nodes
}

/** The place of the tag that closes the one at `from`; -1 where there is none. */
function closingAt(tokens: readonly Token[], from: number, tag: Tag): number {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    const raw = tokens[i]!.type === 'html' ? tokens[i]!.raw.toLowerCase() : ''
    if (raw === `<${tag}>`) depth++
    if (raw === `</${tag}>` && --depth === 0) return i
  }
  return -1
}

function inlineOf(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{inlines(token.tokens)}</strong>
    case 'em':
      return <em key={key}>{inlines(token.tokens)}</em>
    case 'del':
      return <del key={key}>{inlines(token.tokens)}</del>
    case 'codespan':
      return (
        <code key={key} dir="auto">
          {(token as Tokens.Codespan).text}
        </code>
      )
    case 'br':
      return <br key={key} />
    case 'link':
      return link((token as Tokens.Link).href, inlines(token.tokens), key)
    case 'image': {
      // never fetched: an address can carry away what was said
      const { href, text } = token as Tokens.Image
      return link(href, t('code.image', { alt: text || href }), key)
    }
    case 'math':
      return formula(token as unknown as MathToken, key)
    case 'footnote-ref':
      return <FootnoteRef key={key} label={(token as unknown as FootnoteRefToken).label} />
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? <br key={key} /> : token.raw
    case 'escape':
      return (token as Tokens.Escape).text
    default: {
      const { tokens, text = token.raw } = token as Tokens.Text
      return tokens === undefined ? text : inlines(tokens)
    }
  }
}

/** Only addresses that lead to a page or a mail; others are text. */
function link(href: string, content: ReactNode, key: number): ReactNode {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return <span key={key}>{content}</span>
  return (
    <a key={key} href={href} target="_blank" rel="noopener noreferrer nofollow">
      {content}
    </a>
  )
}

/** Leads to the footnote in the same text; the address of the page says which conversation is open, and stays. */
function FootnoteRef({ label }: { label: string }) {
  return (
    <sup className="footnote-ref">
      <button
        type="button"
        aria-label={t('code.footnote', { label })}
        onClick={(event) => {
          const notes = event.currentTarget.closest('.markdown')?.querySelectorAll<HTMLElement>('.footnote') ?? []
          const note = [...notes].find(({ dataset }) => dataset.label === label)
          note?.scrollIntoView({ block: 'nearest' })
          note?.focus()
        }}
      >
        {label}
      </button>
    </sup>
  )
}

export function formula({ text, isBlock, raw }: MathToken, key: number): ReactNode {
  return (
    <Suspense key={key} fallback={<code>{raw}</code>}>
      <Formula source={text} isBlock={isBlock} />
    </Suspense>
  )
}
