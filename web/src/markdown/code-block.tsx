// A block of code: its language, a copy button, and colours once the highlighter is there.
import { memo, type ReactNode, useEffect, useRef, useState } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'
import { t } from '../words/words.ts'
import type { Piece } from './highlight.ts'

type Props = { code: string; language: string; isGrowing: boolean }
type Coloured = { readonly code: string; readonly pieces: ReactNode }

/** Beyond this colours cost more than they give. */
const mostCharacters = 60_000

export const CodeBlock = memo(function CodeBlock({ code, language, isGrowing }: Props) {
  const coloured = useColours({ code, language, isGrowing })
  // what came since the last colouring is plain until the next
  const isPrefix = coloured !== undefined && code.startsWith(coloured.code)
  return (
    <figure className="code">
      <figcaption>
        <span>{language || t('code.plain')}</span>
        <CopyButton text={code} label={t('code.copy')} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled with the keyboard */}
      <pre tabIndex={0}>
        <code>
          {isPrefix ? coloured.pieces : null}
          {isPrefix ? code.slice(coloured.code.length) : code}
        </code>
      </pre>
    </figure>
  )
})

/** Colours when there is time; while the code grows so seldom that they take a tenth of it at most. */
function useColours({ code, language, isGrowing }: Props): Coloured | undefined {
  const [coloured, setColoured] = useState<Coloured>()
  const latest = useRef({ code, language })
  latest.current = { code, language }
  const pauseMs = useRef(0)
  const timer = useRef<number>(undefined)
  const isDone = coloured?.code === code
  useEffect(() => {
    if (isDone || language === '' || code.length > mostCharacters || timer.current !== undefined) return
    const colour = async () => {
      const { highlight } = await import('./highlight.ts')
      const started = performance.now()
      const { code, language } = latest.current
      const pieces = highlight(code, language.toLowerCase())
      if (pieces !== undefined) setColoured({ code, pieces: pieces.map(element) })
      pauseMs.current = 20 * (performance.now() - started) + 100
      timer.current = undefined
    }
    timer.current = window.setTimeout(() => void colour(), isGrowing ? pauseMs.current : 0)
  }, [code, language, isGrowing, isDone])
  return coloured
}

function element(piece: Piece, key: number): ReactNode {
  if (typeof piece === 'string') return piece
  return (
    <span key={key} className={piece.className}>
      {piece.children.map(element)}
    </span>
  )
}
