// A text token by token, coloured by how likely each was; one that is pointed at or chosen shows what could have stood there.
import { type KeyboardEvent, memo, useCallback, useRef, useState } from 'react'
import type { Alternative, TokenProb } from '../api/generation.ts'
import { percent, t } from '../words/words.ts'

type Props = {
  probs: readonly TokenProb[]
  /** @param at the place in `probs`. */
  onChoose: (at: number, alternative: Alternative) => void
}

type Shown = { readonly at: number; readonly left: number; readonly top: number; readonly isPinned: boolean }

const boxWidth = 272

export function TokenList({ probs, onChoose }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState<Shown>()
  const show = useCallback((at: number, element: HTMLElement, isPinned: boolean) => {
    setShown((before) => (before?.isPinned && !isPinned ? before : { at, ...placeOf(element, box.current!), isPinned }))
  }, [])
  const close = () => {
    setShown(undefined)
    if (shown !== undefined) box.current?.querySelectorAll<HTMLElement>('.token')[shown.at]?.focus()
  }
  const chosen = shown === undefined ? undefined : probs[shown.at]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: closes what the tokens opened
    <div
      className="tokens"
      ref={box}
      onMouseLeave={() => shown?.isPinned === false && setShown(undefined)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setShown(undefined)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || shown === undefined) return
        event.preventDefault()
        close()
      }}
    >
      {useRuns(probs).map((run, i) => (
        <Run
          // biome-ignore lint/suspicious/noArrayIndexKey: runs keep their places
          key={i}
          from={i * runLength}
          run={run}
          shownAt={shown !== undefined && Math.floor(shown.at / runLength) === i ? shown.at : undefined}
          onShow={show}
        />
      ))}
      {shown !== undefined && chosen !== undefined && (
        <Alternatives
          key={shown.at}
          shown={shown}
          token={chosen}
          onChoose={(alternative) => {
            setShown(undefined)
            onChoose(shown.at, alternative)
          }}
        />
      )}
    </div>
  )
}

const runLength = 100

/** The tokens in runs: while more come, only the last run changes. */
function useRuns(probs: readonly TokenProb[]): readonly (readonly TokenProb[])[] {
  const known = useRef<readonly (readonly TokenProb[])[]>([])
  known.current = Array.from({ length: Math.ceil(probs.length / runLength) }, (_, i) => {
    const run = probs.slice(i * runLength, (i + 1) * runLength)
    const before = known.current[i]
    return before?.length === run.length && run.every((token, k) => token === before[k]) ? before : run
  })
  return known.current
}

type RunProps = {
  from: number
  run: readonly TokenProb[]
  shownAt: number | undefined
  onShow: TokenProps['onShow']
}

const Run = memo(function Run({ from, run, shownAt, onShow }: RunProps) {
  return run.map((token, k) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens keep their places
    <Token key={k} at={from + k} token={token} isShown={shownAt === from + k} onShow={onShow} />
  ))
})

type TokenProps = {
  at: number
  token: TokenProb
  isShown: boolean
  onShow: (at: number, element: HTMLElement, isPinned: boolean) => void
}

const Token = memo(function Token({ at, token: { text, prob }, isShown, onShow }: TokenProps) {
  const lines = text.split('\n')
  return (
    <>
      <button
        type="button"
        className={`token p${Math.min(9, Math.floor(prob * 10))}`}
        aria-expanded={isShown}
        {...(text.trim() === '' ? { 'aria-label': t('token.blank') } : {})}
        tabIndex={at === 0 ? 0 : -1}
        onMouseEnter={(event) => onShow(at, event.currentTarget, false)}
        onClick={(event) => onShow(at, event.currentTarget, true)}
        onKeyDown={moveFocus}
      >
        {lines.join('↵')}
      </button>
      {/* a button is a box of its own: breaks in it would break no line of the text */}
      {lines.slice(1).map((_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all are the same
        <br key={i} />
      ))}
    </>
  )
})

/** The arrow keys go from token to token: as stops of the tabulator they would be too many. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (step === undefined) return
  event.preventDefault()
  const tokens = [...event.currentTarget.parentElement!.querySelectorAll<HTMLElement>('.token')]
  tokens[tokens.indexOf(event.currentTarget) + step]?.focus()
}

type AlternativesProps = { shown: Shown; token: TokenProb; onChoose: (alternative: Alternative) => void }

function Alternatives({ shown, token, onChoose }: AlternativesProps) {
  const title = t('chat.alternatives', { token: visible(token.text) })
  // above the token where there is no room below
  const ref = (element: HTMLElement | null) => {
    const scroller = element?.closest('.scroll')
    if (element === null || !scroller) return
    const isBelow = element.getBoundingClientRect().bottom > scroller.getBoundingClientRect().bottom
    const room = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top
    if (isBelow && room > element.offsetHeight + 30) element.dataset.above = ''
  }
  return (
    <fieldset ref={ref} className="alternatives" aria-label={title} style={{ left: shown.left, top: shown.top }}>
      <p>
        <strong>{title}</strong>
        {t('chat.goOn')}
      </p>
      {token.alternatives.map((alternative) => {
        const prob = percent(alternative.prob, 1)
        return (
          <button
            key={alternative.bytes.join()}
            type="button"
            aria-current={alternative.bytes.join() === token.bytes.join()}
            onClick={() => onChoose(alternative)}
          >
            <code>{visible(alternative.text)}</code>
            <meter value={alternative.prob} aria-hidden="true" />
            <span>{prob}</span>
          </button>
        )
      })}
    </fieldset>
  )
}

/** Below the token, and not wider than the text. */
function placeOf(token: HTMLElement, box: HTMLElement): { left: number; top: number } {
  const { offsetLeft, offsetTop, offsetHeight } = token
  return { left: Math.max(0, Math.min(offsetLeft, box.clientWidth - boxWidth)), top: offsetTop + offsetHeight }
}

/** Blanks and line breaks as signs. */
function visible(text: string): string {
  return text.replaceAll('\n', '↵').replaceAll(' ', '␣') || '∅'
}
