// A free text that the model continues in place: with undo, a gap to fill, and the tokens of what it wrote last.
import { useEffect, useRef, useState } from 'react'
import { PhaseLine } from '../chat/phase-line.tsx'
import { TokenList } from '../chat/token-list.tsx'
import type { Text } from '../conversation/types.ts'
import { useServer } from '../server/server-state.ts'
import { useTokenCount } from '../server/token-count.ts'
import { ViewHead } from '../shell/view-head.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { count, t } from '../words/words.ts'
import { type Run, useText } from './use-text.ts'

// the default export is for React's lazy(), which takes nothing else
export default function TextView({ text: kept }: { text: Text }) {
  const canInfill = useServer((server) => server.props?.can_infill !== false)
  const { box, run, edit, go, stop, stepBack, choose } = useText(kept, canInfill)
  const [hadSuffix] = useState(box.suffix !== '')
  const isWriting = run.kind === 'writing'
  const area = useFollowedEnd(box.text, isWriting)
  const nTokens = useTokenCount(box.text, !isWriting)
  return (
    <>
      <ViewHead title={kept.title} />
      <div className="scroll">
        <div className="text-view">
          <textarea
            ref={area}
            className="writing"
            dir="auto"
            value={box.text}
            readOnly={isWriting}
            aria-label={t('text.label')}
            placeholder={t('text.placeholder')}
            onChange={(event) => edit({ text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === 'Escape') stop()
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
              event.preventDefault()
              void go()
            }}
          />
          <details className="suffix" open={hadSuffix}>
            <summary>{t('text.suffix')}</summary>
            <p className="note">{t(canInfill ? 'text.suffixNote' : 'text.noInfill')}</p>
            <textarea
              rows={4}
              dir="auto"
              value={box.suffix}
              disabled={!canInfill}
              aria-label={t('text.suffix')}
              onChange={(event) => edit({ suffix: event.target.value })}
            />
          </details>
          <RunEnding run={run} />
          {box.probs.length > 0 && (
            <section className="last-tokens">
              <h2>{t('text.probs')}</h2>
              <TokenList probs={box.probs} onChoose={choose} />
            </section>
          )}
        </div>
      </div>
      <div className="foot text-foot">
        {isWriting && run.progress !== undefined && <PhaseLine live={run.progress} />}
        <IconButton
          icon="undo"
          label={t('text.undo')}
          disabled={isWriting || kept.undo.length === 0}
          onClick={() => stepBack('undo')}
        />
        <IconButton
          icon="redo"
          label={t('text.redo')}
          disabled={isWriting || kept.redo.length === 0}
          onClick={() => stepBack('redo')}
        />
        {nTokens !== undefined && <span className="gauge">{t('text.tokens', { n: count(nTokens) })}</span>}
        <Button
          kind="main"
          icon={isWriting ? 'stop' : 'forward'}
          onClick={isWriting ? stop : () => void go()}
          disabled={!isWriting && box.text === '' && (box.suffix === '' || !canInfill)}
        >
          {t(isWriting ? 'chat.stop' : 'text.continue')}
        </Button>
      </div>
    </>
  )
}

function RunEnding({ run }: { run: Run }) {
  if (run.kind === 'silent') {
    return (
      <p className="ending" role="status">
        {t('text.end')}
      </p>
    )
  }
  if (run.kind !== 'failed') return null
  return (
    <div className="failure" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{t(`error.${run.error.kind}`)}</strong>
        <p className="words">{run.error.message}</p>
      </div>
    </div>
  )
}

/** What is written is watched, until the user scrolls up. */
function useFollowedEnd(text: string, isWriting: boolean) {
  const ref = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    const area = ref.current!
    if (isWriting && text !== '' && area.scrollHeight - area.scrollTop - area.clientHeight < 200) {
      area.scrollTop = area.scrollHeight
    }
  }, [text, isWriting])
  return ref
}
