// A text token by token, coloured by how likely each was; one that is pointed at or chosen shows what could have stood there.
import { useRef, useState } from 'react'
import type { Alternative, TokenProb } from '../api/generation.ts'
import { count, t } from '../words/words.ts'

type Props = {
  probs: readonly TokenProb[]
  /** @param at the place in `probs`. */
  onChoose: (at: number, alternative: Alternative) => void
}

type Shown = { readonly at: number; readonly left: number; readonly top: number; readonly isPinned: boolean }

export function TokenList({ probs, onChoose }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState<Shown>()
  const show = (at: number, element: HTMLElement, isPinned: boolean) => {
    const { offsetLeft, offsetTop, offsetHeight } = element
    const left = Math.max(0, Math.min(offsetLeft, (box.current?.clientWidth ?? 0) - 260))
    setShown({ at, left, top: offsetTop + offsetHeight, isPinned })
  }
  const chosen = shown === undefined ? undefined : probs[shown.at]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: closes what the tokens opened
    <div
      className="tokens"
      ref={box}
      onMouseLeave={() => shown?.isPinned === false && setShown(undefined)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || shown === undefined) return
        event.preventDefault()
        setShown(undefined)
      }}
    >
      {probs.map(({ text, prob }, i) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: tokens keep their places
          key={i}
          type="button"
          className={`token p${Math.min(9, Math.floor(prob * 10))}`}
          aria-expanded={shown?.at === i}
          onMouseEnter={(event) => shown?.isPinned !== true && show(i, event.currentTarget, false)}
          onClick={(event) => show(i, event.currentTarget, true)}
        >
          {text}
        </button>
      ))}
      {shown !== undefined && chosen !== undefined && (
        <fieldset
          className="alternatives"
          aria-label={t('chat.alternatives', { token: chosen.text })}
          style={{ left: shown.left, top: shown.top }}
        >
          <p>{t('chat.alternatives', { token: visible(chosen.text) })}</p>
          {chosen.alternatives.map((alternative) => {
            const prob = `${count(alternative.prob * 100, 1)} %`
            return (
              <button
                key={alternative.bytes.join()}
                type="button"
                aria-label={t('chat.goOn', { token: visible(alternative.text), prob })}
                onClick={() => onChoose(shown.at, alternative)}
              >
                <code>{visible(alternative.text)}</code>
                <meter value={alternative.prob} aria-hidden="true" />
                <span>{prob}</span>
              </button>
            )
          })}
        </fieldset>
      )}
    </div>
  )
}

/** Blanks and line breaks as signs. */
function visible(text: string): string {
  return text.replaceAll('\n', '↵').replaceAll(' ', '␣') || '∅'
}
