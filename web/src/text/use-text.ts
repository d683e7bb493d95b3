// A text while it is edited and continued: what is in the box, the run of the model, and what is saved of it.
import { useCallback, useEffect, useRef, useState } from 'react'
import { type ApiError, isAbort, toApiError } from '../api/errors.ts'
import type { Alternative, TokenProb } from '../api/generation.ts'
import type { Progress } from '../chat/phase-line.tsx'
import { changeConversation } from '../conversation/library.ts'
import { shapeOf } from '../conversation/shape.ts'
import { type Text, titleOf } from '../conversation/types.ts'
import { readDraft, writeDraft } from '../settings/draft.ts'
import { continueText } from './continue-text.ts'

const maxUndo = 50

/** `probs`: the last tokens that the model wrote, where probabilities were asked for. */
type Box = { readonly text: string; readonly suffix: string; readonly probs: readonly TokenProb[] }

/** What the model is doing, or what came of it: `silent`, it wrote nothing. */
export type Run =
  | { readonly kind: 'idle' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly error: ApiError }
  | { readonly kind: 'writing'; readonly abort: AbortController; readonly progress: Progress | undefined }

/** @param canInfill whether the suffix is used. */
export function useText(kept: Text, canInfill: boolean) {
  const [box, setBox] = useState<Box>(() => ({
    text: readDraft(kept.id) || kept.text,
    suffix: kept.suffix,
    probs: kept.probs ?? [],
  }))
  const [run, setRun] = useState<Run>({ kind: 'idle' })
  const save = useSaving(kept.id)
  const abort = run.kind === 'writing' ? run.abort : undefined
  useEffect(() => () => abort?.abort(), [abort])

  const edit = (change: Partial<Pick<Box, 'text' | 'suffix'>>) => {
    const next = { ...box, ...change, probs: [] } // the tokens are of a text that is no more
    setBox(next)
    setRun({ kind: 'idle' })
    save(next)
  }

  /** @param from what to continue. @param before the tokens that are in it already, since `base`. */
  const go = async (from = box.text, before: readonly TokenProb[] = [], base = from) => {
    if (run.kind === 'writing') return
    const abort = new AbortController()
    const { text: startText, suffix } = box
    let written: Box = { text: from, suffix, probs: before }
    const show = (progress: Progress | undefined) => {
      setBox(written)
      setRun({ kind: 'writing', abort, progress })
    }
    show(undefined)
    let end: Run = { kind: 'idle' }
    try {
      for await (const piece of continueText(shapeOf(kept.id), from, canInfill ? suffix : '', abort.signal)) {
        written = { ...written, text: written.text + piece.text, probs: [...written.probs, ...piece.probs] }
        show(piece.progress)
        save({ text: written.text, suffix })
      }
      if (written.text === from) end = { kind: 'silent' }
    } catch (error) {
      if (!isAbort(error)) end = { kind: 'failed', error: toApiError(error) }
    }
    setRun(end)
    if (written.text === startText && written.probs.length === 0) return
    const undo = base === from ? [...kept.undo, startText].slice(-maxUndo) : [...kept.undo.slice(0, -1), base]
    save({ ...written, undo, redo: [] }, true)
  }

  const stepBack = (from: 'undo' | 'redo') => {
    const to = from === 'undo' ? 'redo' : 'undo'
    const last = kept[from].at(-1)
    if (last === undefined) return
    const next = { ...box, text: last, probs: [] }
    setBox(next)
    save({ ...next, [from]: kept[from].slice(0, -1), [to]: [...kept[to], box.text] }, true)
  }

  /** Goes on from another token in the place of one that the model wrote. */
  const choose = (at: number, alternative: Alternative) => {
    if (run.kind === 'writing') return
    const chosen = [...box.probs.slice(0, at), { ...alternative, alternatives: box.probs[at]!.alternatives }]
    const base = kept.undo.at(-1) ?? ''
    const bytes = Uint8Array.from(chosen.flatMap((token) => token.bytes))
    void go(base + new TextDecoder().decode(bytes), chosen, base)
  }

  return { box, run, edit, go, stop: () => abort?.abort(), stepBack, choose }
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
