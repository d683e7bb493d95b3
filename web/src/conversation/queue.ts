// Messages that were sent while an answer was being written: they wait for its end, and are kept over a reload.
import { useEffect } from 'react'
import { create } from 'zustand'
import { readDraft, writeDraft } from '../settings/draft.ts'
import type { Part } from './parts.ts'

type Queue = Readonly<Record<string, readonly (readonly Part[])[]>>

const place = (conversationId: string) => `queue.${conversationId}`
const none: readonly (readonly Part[])[] = []

/** By the id of the conversation; read from the storage when it is first asked for. */
const useQueues = create<Queue>(() => ({}))

function read(conversationId: string, queues: Queue): readonly (readonly Part[])[] {
  const known = queues[conversationId]
  if (known !== undefined) return known
  const kept = readDraft(place(conversationId))
  return kept === '' ? none : JSON.parse(kept)
}

function write(conversationId: string, messages: readonly (readonly Part[])[]): void {
  useQueues.setState({ [conversationId]: messages })
  writeDraft(place(conversationId), messages.length === 0 ? '' : JSON.stringify(messages))
}

export function useQueued(conversationId: string | undefined): readonly (readonly Part[])[] {
  const known = useQueues((queues) => (conversationId === undefined ? none : queues[conversationId]))
  useEffect(() => {
    if (conversationId !== undefined) {
      useQueues.setState((queues) => ({ [conversationId]: read(conversationId, queues) }))
    }
  }, [conversationId])
  return known ?? none
}

export function enqueue(conversationId: string, parts: readonly Part[]): void {
  write(conversationId, [...read(conversationId, useQueues.getState()), parts])
}

export function removeQueued(conversationId: string, at: number): void {
  write(conversationId, read(conversationId, useQueues.getState()).toSpliced(at, 1))
}

/** Takes the message that is next. */
export function dequeue(conversationId: string): readonly Part[] | undefined {
  const [next, ...others] = read(conversationId, useQueues.getState())
  if (next !== undefined) write(conversationId, others)
  return next
}
