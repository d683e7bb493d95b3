// Markdown as React elements. No HTML is ever parsed: what a model writes can only become the elements named here.
import type { Token, Tokens } from 'marked'
import { type JSX, memo, type ReactNode, useMemo, useRef } from 'react'
import { t } from '../words/words.ts'
import { GrowingBlocks } from './blocks.ts'
import { CodeBlock } from './code-block.tsx'
import { formula, inlines } from './inlines.tsx'
import { type DetailsToken, type FootnoteToken, lex, type MathToken } from './lexer.ts'

/** @param isGrowing more text will come: a fence that is open is no mistake. */
export const Markdown = memo(function Markdown({ text, isGrowing = false }: { text: string; isGrowing?: boolean }) {
  const growing = useRef(new GrowingBlocks())
  const blocks = growing.current.read(text)
  return (
    <div className="markdown">
      {blocks.map((raw, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever added at the end
        <Block key={i} raw={raw} isGrowing={isGrowing && i === blocks.length - 1} />
      ))}
    </div>
  )
})

const Block = memo(function Block({ raw, isGrowing }: { raw: string; isGrowing: boolean }) {
  const tokens = useMemo(() => lex(raw), [raw])
  return <>{tokens.map((token, i) => block(token, i, isGrowing))}</>
})

function block(token: Token, key: number, isGrowing: boolean): ReactNode {
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'heading': {
      // the page's own headings are above those of an answer
      const Tag = `h${Math.min(6, (token as Tokens.Heading).depth + 2)}` as keyof JSX.IntrinsicElements
      return (
        <Tag key={key} dir="auto">
          {inlines(token.tokens)}
        </Tag>
      )
    }
    case 'paragraph':
      return (
        <p key={key} dir="auto">
          {inlines(token.tokens)}
        </p>
      )
    case 'code': {
      const { text, lang, raw } = token as Tokens.Code
      const isOpen = isGrowing && !/\n\s*(```+|~~~+)\s*$/.test(raw)
      return <CodeBlock key={key} code={text} language={lang?.split(/\s/, 1)[0] ?? ''} isGrowing={isOpen} />
    }
    case 'blockquote':
      return (
        <blockquote key={key} dir={directionOf(token.raw)}>
          {token.tokens?.map((child, i) => block(child, i, isGrowing))}
        </blockquote>
      )
    case 'list':
      return <List key={key} list={token as Tokens.List} isGrowing={isGrowing} />
    case 'table':
      return <Table key={key} table={token as Tokens.Table} />
    case 'hr':
      return <hr key={key} />
    case 'math':
      return formula(token as unknown as MathToken, key)
    case 'details':
      return <Details key={key} token={token as unknown as DetailsToken} isGrowing={isGrowing} />
    case 'footnote': {
      const { label, tokens } = token as unknown as FootnoteToken
      return (
        <p key={key} className="footnote" dir="auto" tabIndex={-1} data-label={label}>
          <sup>{label}</sup> {inlines(tokens)}
        </p>
      )
    }
    case 'html':
      return (
        <p key={key} className="raw" dir="auto">
          {token.raw.trimEnd()}
        </p>
      )
    case 'text':
      return (
        <span key={key} dir="auto">
          {token.tokens === undefined ? token.raw : inlines(token.tokens)}
        </span>
      )
    default:
      return <p key={key}>{token.raw}</p>
  }
}

function List({ list, isGrowing }: { list: Tokens.List; isGrowing: boolean }) {
  const items = list.items.map((item, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items are only ever added at the end
    <Item key={i} item={item} raw={item.raw} isGrowing={isGrowing && i === list.items.length - 1} />
  ))
  const dir = directionOf(list.raw)
  if (!list.ordered) return <ul dir={dir}>{items}</ul>
  return (
    <ol dir={dir} start={list.start === '' ? 1 : list.start}>
      {items}
    </ol>
  )
}

function Details({ token, isGrowing }: { token: DetailsToken; isGrowing: boolean }) {
  const { summary, tokens, isOpen } = token
  return (
    <details open={isOpen}>
      <summary dir="auto">{summary.length === 0 ? t('code.details') : inlines(summary)}</summary>
      {tokens.map((child, i) => block(child, i, isGrowing && i === tokens.length - 1))}
    </details>
  )
}

const firstLetter = /\p{L}/u
const rightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u

/** As `dir="auto"` would have it, which does not look into blocks that have a direction of their own. */
function directionOf(text: string): 'ltr' | 'rtl' {
  return rightToLeft.test(firstLetter.exec(text)?.[0] ?? '') ? 'rtl' : 'ltr'
}

type ItemProps = { item: Tokens.ListItem; raw: string; isGrowing: boolean }

const Item = memo(
  function Item({ item, isGrowing }: ItemProps) {
    // marked reads the box of a task as a token of its own
    const tokens = item.tokens.filter(({ type }) => type !== 'checkbox')
    return (
      <li className={item.task ? 'task' : undefined}>
        {item.task && <input type="checkbox" checked={item.checked === true} disabled aria-label={item.text} />}
        {tokens.map((token, i) => block(token, i, isGrowing))}
      </li>
    )
  },
  (before, after) => before.raw === after.raw && before.isGrowing === after.isGrowing,
)

function Table({ table }: { table: Tokens.Table }) {
  const align = (i: number) => (table.align[i] ? `align-${table.align[i]}` : undefined)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that is too wide is scrolled with the keyboard
    <section className="table" tabIndex={0} aria-label={table.header.map(({ text }) => text).join(', ')}>
      <table dir={directionOf(table.raw)}>
        <thead>
          <tr>
            {table.header.map((cell, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their places
              <th key={i} scope="col" dir="auto" className={align(i)}>
                {inlines(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((cells, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are only ever added at the end
            <Row key={i} cells={cells} source={cells.map(({ text }) => text).join('|')} align={table.align.join()} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

type RowProps = { cells: readonly Tokens.TableCell[]; source: string; align: string }

const Row = memo(
  function Row({ cells, align }: RowProps) {
    const aligns = align.split(',')
    return (
      <tr>
        {cells.map((cell, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their places
          <td key={i} dir="auto" className={aligns[i] ? `align-${aligns[i]}` : undefined}>
            {inlines(cell.tokens)}
          </td>
        ))}
      </tr>
    )
  },
  (before, after) => before.source === after.source && before.align === after.align,
)
