// Which key sends, and where the focus goes after something was done.
import type { KeyboardEvent } from 'react'
import { settings } from '../settings/settings.ts'

/** A screen that is touched has no Shift+Enter: there Enter makes a line, and the button sends. */
export const isTouched = (): boolean => matchMedia('(hover: none) and (pointer: coarse)').matches

/** Whether Enter sends by itself, without Ctrl. */
export const enterSends = (): boolean => settings().sendsOnEnter && !isTouched()

export function isSendKey({ key, ctrlKey, metaKey, shiftKey, nativeEvent }: KeyboardEvent): boolean {
  if (key !== 'Enter' || nativeEvent.isComposing) return false
  return ctrlKey || metaKey || (!shiftKey && enterSends())
}

/** To be called when what had the focus goes away. The box would open a keyboard over a screen that is touched. */
export function focusBox(): void {
  const box = isTouched() ? '#content' : '.composer textarea'
  document.querySelector<HTMLElement>(box)?.focus()
}
