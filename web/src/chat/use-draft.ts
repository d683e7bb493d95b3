// What is in the box and not sent yet: a text and the parts that go with it. It survives a reload.
import { useState } from 'react'
import type { AttachmentPart, ImagePart, Part } from '../conversation/parts.ts'
import { readDraft, readDraftParts, writeDraft, writeDraftParts } from '../settings/draft.ts'

export type AddedPart = ImagePart | AttachmentPart
type State = { readonly text: string; readonly added: readonly AddedPart[] }

export type Draft = State & {
  readonly isEmpty: boolean
  readonly change: (change: Partial<State>) => void
  readonly add: (parts: readonly AddedPart[]) => void
  readonly remove: (part: AddedPart) => void
  readonly clear: () => void
  /** As a message has them: files first, then the text. */
  readonly parts: readonly Part[]
}

/** @param place a conversation's id, or `new`. */
export function useDraft(place: string): Draft {
  const [state, setState] = useState<State>(() => ({ text: readDraft(place), added: readDraftParts(place) }))
  const keep = (next: State) => {
    writeDraft(place, next.text)
    writeDraftParts(place, next.added)
    return next
  }
  const update = (changed: (before: State) => State) => setState((before) => keep(changed(before)))
  const text = state.text.trim()
  return {
    ...state,
    isEmpty: text === '' && state.added.length === 0,
    parts: [...state.added, ...(text === '' ? [] : [{ kind: 'text', text } as const])],
    change: (change) => update((before) => ({ ...before, ...change })),
    add: (parts) => update((before) => ({ ...before, added: [...before.added, ...parts] })),
    remove: (part) => update((before) => ({ ...before, added: before.added.filter((one) => one !== part) })),
    clear: () => {
      keep({ text: '', added: [] }) // at once: a new chat has another box by the next frame
      setState({ text: '', added: [] })
    },
  }
}
