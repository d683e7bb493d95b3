// The answers that are being written in this tab, as far as they are shown. Changes once a frame.
import { create } from 'zustand'
import type { TokenProb } from '../api/generation.ts'
import type { Part } from './parts.ts'

export type Phase =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'queue'; readonly position: number; readonly waiting: number }
  | { readonly kind: 'images'; readonly processed: number; readonly total: number }
  | { readonly kind: 'prefill'; readonly processed: number; readonly total: number; readonly cached: number }
  | { readonly kind: 'writing' }

/** An answer that is being written. */
export type Live = {
  readonly conversationId: string
  readonly parts: readonly Part[]
  /** The last part is reasoning, and more of it will come. */
  readonly isThinking: boolean
  readonly probs: readonly TokenProb[]
  readonly phase: Phase
  readonly startedAt: number
  readonly firstTokenAt: number | undefined
  readonly nTokens: number
}

/** By the id of the message. */
export const useLive = create<Readonly<Record<string, Live>>>(() => ({}))

export function showLive(messageId: string, live: Live): void {
  useLive.setState({ [messageId]: live })
}

export function endLive(messageId: string): void {
  useLive.setState(({ [messageId]: _, ...others }) => others, true)
}

/** A frame of the page; a hidden page has none, and is shown what came now and then. */
export function requestFrame(show: () => void): number {
  return document.hidden ? window.setTimeout(show, 250) : requestAnimationFrame(show)
}

export function cancelFrame(id: number): void {
  cancelAnimationFrame(id)
  clearTimeout(id)
}
