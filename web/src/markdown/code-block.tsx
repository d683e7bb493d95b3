// A block of code: its language, a copy button, colours once the highlighter is there; HTML and SVG can be previewed, and
// Mermaid is drawn.
import { lazy, memo, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { t } from '../words/words.ts'
import type { Piece } from './highlight.ts'
import { Preview } from './preview.tsx'

const Diagram = lazy(() => import('./diagram.tsx'))

type Props = { code: string; language: string; isGrowing: boolean }
type Coloured = { readonly code: string; readonly pieces: ReactNode }

/** Beyond this colours cost more than they give. */
const maxCharacters = 60_000

export const CodeBlock = memo(function CodeBlock({ code, language, isGrowing }: Props) {
  const kind = isGrowing ? undefined : shownKindOf(language, code)
  const [isShown, setShown] = useState(kind === 'diagram')
  const [problem, setProblem] = useState<string>()
  const shows = kind !== undefined && isShown && problem === undefined
  return (
    <figure className="code">
      <figcaption>
        <span>{language || t('code.plain')}</span>
        {kind !== undefined && problem === undefined && (
          <IconButton
            icon={shows ? 'code' : 'eye'}
            label={t(shows ? 'code.showCode' : kind === 'diagram' ? 'code.showDiagram' : 'code.preview')}
            onClick={() => setShown(!isShown)}
          />
        )}
        <CopyButton text={code} label={t('code.copy')} />
      </figcaption>
      {problem !== undefined && <p className="problem">{t('code.noDiagram', { message: problem })}</p>}
      {shows && kind === 'diagram' && (
        <Suspense>
          <Diagram source={code} onProblem={setProblem} />
        </Suspense>
      )}
      {shows && kind === 'preview' && <Preview source={code} />}
      {!shows && <Code code={code} language={language} isGrowing={isGrowing} />}
    </figure>
  )
})

/** How a block can be shown besides as code. */
function shownKindOf(language: string, code: string): 'diagram' | 'preview' | undefined {
  const name = language.toLowerCase()
  if (name === 'mermaid') return 'diagram'
  const isSvg = name === 'svg' || (name === 'xml' && code.trimStart().startsWith('<svg'))
  return name === 'html' || isSvg ? 'preview' : undefined
}

function Code({ code, language, isGrowing }: Props) {
  const coloured = useColours({ code, language, isGrowing })
  // what came since the last colouring is plain until the next
  const isPrefix = coloured !== undefined && code.startsWith(coloured.code)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled with the keyboard
    <pre tabIndex={0}>
      <code>
        {isPrefix ? coloured.pieces : null}
        {isPrefix ? code.slice(coloured.code.length) : code}
      </code>
    </pre>
  )
}

/** Colours when there is time; while the code grows so seldom that they take a tenth of it at most. */
function useColours({ code, language, isGrowing }: Props): Coloured | undefined {
  const [coloured, setColoured] = useState<Coloured>()
  const latest = useRef({ code, language })
  latest.current = { code, language }
  const pauseMs = useRef(0)
  const timer = useRef<number>(undefined)
  const isDone = coloured?.code === code
  useEffect(() => {
    if (isDone || language === '' || code.length > maxCharacters || timer.current !== undefined) return
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
