// A free text that the model continues in place: with undo, a gap to fill, and the tokens of what it wrote last.
import { useCallback, useEffect, useRef, useState } from 'react'
import { type ApiError, isAbort, toApiError } from '../api/errors.ts'
import type { Alternative, TokenProb } from '../api/generation.ts'
import { countTokens } from '../api/server.ts'
import { PhaseLine, type Progress } from '../chat/phase-line.tsx'
import { TokenList } from '../chat/token-list.tsx'
import { changeConversation } from '../conversation/library.ts'
import { type Text, titleOf } from '../conversation/types.ts'
import { useServer } from '../server/server-state.ts'
import { readDraft, writeDraft } from '../settings/draft.ts'
import { ViewHead } from '../shell/view-head.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { count, t } from '../words/words.ts'
import { continueText } from './continue-text.ts'

const mostUndo = 50

// the default export is for React's lazy(), which takes nothing else
export default function TextView({ text: kept }: { text: Text }) {
  const [text, setText] = useState(() => readDraft(kept.id) || kept.text)
  const [suffix, setSuffix] = useState(kept.suffix)
  const [probs, setProbs] = useState(kept.probs ?? [])
  const [hadSuffix] = useState(suffix !== '')
  const [error, setError] = useState<ApiError>()
  /** The model wrote nothing. */
  const [isEnd, setEnd] = useState(false)
  const [progress, setProgress] = useState<Progress>()
  const [writing, setWriting] = useState<AbortController>()
  const canInfill = useServer((server) => server.props?.can_infill !== false)
  const box = useRef<HTMLTextAreaElement>(null)
  const save = useSaving(kept.id)
  useEffect(() => () => writing?.abort(), [writing])
  useEffect(() => {
    // what is written is watched, until the user scrolls up
    const area = box.current!
    if (writing !== undefined && text !== '' && area.scrollHeight - area.scrollTop - area.clientHeight < 200) {
      area.scrollTop = area.scrollHeight
    }
  }, [text, writing])

  const edit = (change: { text?: string; suffix?: string }) => {
    if (change.text !== undefined) setText(change.text)
    if (change.suffix !== undefined) setSuffix(change.suffix)
    setProbs([]) // they are of a text that is no more
    setEnd(false)
    save({ text, suffix, probs: [], ...change })
  }

  /** @param from what to continue. @param before the tokens that are in it already, since `base`. */
  const go = async (from: string, before: readonly TokenProb[] = [], base = from) => {
    if (writing !== undefined) return
    const abort = new AbortController()
    setWriting(abort)
    setError(undefined)
    setEnd(false)
    const undo = [...kept.undo, text].slice(-mostUndo)
    let written = from
    const tokens = [...before]
    setProbs(tokens)
    try {
      for await (const piece of continueText(from, canInfill ? suffix : '', abort.signal)) {
        written += piece.text
        tokens.push(...piece.probs)
        setText(written)
        setProbs([...tokens])
        setProgress(piece.progress)
        save({ text: written, suffix })
      }
      setEnd(written === from)
    } catch (problem) {
      if (!isAbort(problem)) setError(toApiError(problem))
    }
    setWriting(undefined)
    setProgress(undefined)
    if (written === text && tokens.length === 0) return
    save(
      {
        text: written,
        suffix,
        undo: base === from ? undo : [...kept.undo.slice(0, -1), base],
        redo: [],
        probs: tokens,
      },
      true,
    )
  }

  const stepBack = (from: 'undo' | 'redo', to: 'undo' | 'redo') => {
    const last = kept[from].at(-1)
    if (last === undefined) return
    setText(last)
    setProbs([])
    save({ text: last, suffix, [from]: kept[from].slice(0, -1), [to]: [...kept[to], text], probs: [] }, true)
  }

  const choose = (at: number, alternative: Alternative) => {
    const chosen = [...probs.slice(0, at), { ...alternative, alternatives: probs[at]!.alternatives }]
    const base = kept.undo.at(-1) ?? ''
    const bytes = Uint8Array.from(chosen.flatMap((token) => token.bytes))
    const from = base + new TextDecoder().decode(bytes)
    setText(from)
    void go(from, chosen, base)
  }

  return (
    <>
      <ViewHead title={kept.title} />
      <div className="scroll">
        <div className="text-view">
          <textarea
            ref={box}
            className="writing"
            value={text}
            readOnly={writing !== undefined}
            aria-label={t('text.label')}
            placeholder={t('text.placeholder')}
            onChange={(event) => edit({ text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === 'Escape' && writing !== undefined) writing.abort()
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
              event.preventDefault()
              void go(text)
            }}
          />
          <details className="suffix" open={hadSuffix}>
            <summary>{t('text.suffix')}</summary>
            <p className="note">{t(canInfill ? 'text.suffixNote' : 'text.noInfill')}</p>
            <textarea
              rows={4}
              value={suffix}
              disabled={!canInfill}
              aria-label={t('text.suffix')}
              onChange={(event) => edit({ suffix: event.target.value })}
            />
          </details>
          {isEnd && (
            <p className="ending" role="status">
              {t('text.end')}
            </p>
          )}
          {error !== undefined && (
            <div className="failure" role="alert">
              <Icon name="warn" />
              <div>
                <strong>{t(`error.${error.kind}`)}</strong>
                <p className="words">{error.message}</p>
              </div>
            </div>
          )}
          {probs.length > 0 && (
            <section className="last-tokens">
              <h2>{t('text.probs')}</h2>
              <TokenList
                probs={probs}
                onChoose={(at, alternative) => writing === undefined && choose(at, alternative)}
              />
            </section>
          )}
        </div>
      </div>
      <div className="foot text-foot">
        {progress !== undefined && <PhaseLine live={progress} />}
        <IconButton
          icon="undo"
          label={t('text.undo')}
          disabled={writing !== undefined || kept.undo.length === 0}
          onClick={() => stepBack('undo', 'redo')}
        />
        <IconButton
          icon="redo"
          label={t('text.redo')}
          disabled={writing !== undefined || kept.redo.length === 0}
          onClick={() => stepBack('redo', 'undo')}
        />
        <TokenCount text={text} isWriting={writing !== undefined} />
        {writing === undefined ? (
          <Button
            kind="main"
            icon="forward"
            onClick={() => void go(text)}
            disabled={text === '' && (suffix === '' || !canInfill)}
          >
            {t('text.continue')}
          </Button>
        ) : (
          <Button kind="main" icon="stop" onClick={() => writing.abort()}>
            {t('chat.stop')}
          </Button>
        )}
      </div>
    </>
  )
}

/** Each change is safe at once (as a draft), and in the database a moment later. */
function useSaving(id: string) {
  const timer = useRef<number>(undefined)
  const waiting = useRef<Partial<Text>>(undefined)
  const flush = useCallback(async () => {
    clearTimeout(timer.current)
    timer.current = undefined
    const change = waiting.current
    if (change === undefined) return
    waiting.current = undefined
    const title = titleOf(change.text ?? '')
    await changeConversation<Text>(id, { ...change, ...(title === '' ? {} : { title }), updatedAt: Date.now() })
    if (waiting.current === undefined) writeDraft(id, '')
  }, [id])
  useEffect(() => {
    const onHide = () => void flush()
    addEventListener('pagehide', onHide)
    return () => {
      removeEventListener('pagehide', onHide)
      void flush()
    }
  }, [flush])
  return (change: Partial<Text>, isAtOnce = false) => {
    waiting.current = { ...waiting.current, ...change }
    if (change.text !== undefined) writeDraft(id, change.text)
    if (isAtOnce) void flush()
    else timer.current ??= window.setTimeout(() => void flush(), 500)
  }
}

function TokenCount({ text, isWriting }: { text: string; isWriting: boolean }) {
  const [n, setN] = useState<number>()
  useEffect(() => {
    if (isWriting) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      countTokens(text, abort.signal).then(setN, () => setN(undefined))
    }, 400)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [text, isWriting])
  return n === undefined ? null : <span className="gauge">{t('text.tokens', { n: count(n) })}</span>
}
