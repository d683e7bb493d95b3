// What was being written when the page was closed. A database may not finish while a page goes away; this storage does.
import { readDraft, writeDraft } from '../settings/draft.ts'
import { type Message, readStored } from './types.ts'

const place = (id: string) => `answer.${id}`

/** To be called while the page goes away. */
export function rescue({ id, parts }: Message): void {
  writeDraft(place(id), JSON.stringify({ parts }))
}

/** @returns the message as it was when its page was closed; undefined when it was not. */
export function rescued(message: Message): Message | undefined {
  const kept = message.state === 'streaming' ? readDraft(place(message.id)) : ''
  if (kept === '') return undefined
  const { parts: _, ...rest } = message
  return readStored({ ...rest, ...JSON.parse(kept), state: 'cut', savedAt: Date.now() })
}

export function forgetRescued(id: string): void {
  writeDraft(place(id), '')
}
