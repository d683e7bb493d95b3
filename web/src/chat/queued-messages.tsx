// The messages that wait for the end of the answer, above the box: each can be taken back into it or thrown away.
import type { Part } from '../conversation/parts.ts'
import { textOf } from '../conversation/parts.ts'
import { removeQueued, useQueued } from '../conversation/queue.ts'
import { sendQueued } from '../conversation/sending.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import type { AddedPart } from './use-draft.ts'

type Props = {
  conversationId: string
  isRunning: boolean
  onEdit: (draft: { text: string; added: readonly AddedPart[] }) => void
}

export function QueuedMessages({ conversationId, isRunning, onEdit }: Props) {
  const queued = useQueued(conversationId)
  if (queued.length === 0) return null
  return (
    <section className="queued" aria-label={t('queue.title')}>
      <ul>
        {queued.map((parts, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same message may wait twice
          <li key={i}>
            <span className="state">{t('queue.waiting')}</span>
            <span className="words" dir="auto">
              {textOf(parts) || addedOf(parts).map(nameOf).join(', ')}
            </span>
            <IconButton
              icon="edit"
              label={t('queue.edit')}
              onClick={() => {
                removeQueued(conversationId, i)
                onEdit({ text: textOf(parts), added: addedOf(parts) })
              }}
            />
            <IconButton icon="close" label={t('queue.remove')} onClick={() => removeQueued(conversationId, i)} />
          </li>
        ))}
      </ul>
      {!isRunning && (
        <Button icon="send" onClick={() => void sendQueued(conversationId)}>
          {t('queue.sendNow')}
        </Button>
      )}
    </section>
  )
}

function addedOf(parts: readonly Part[]): readonly AddedPart[] {
  return parts.filter((part) => part.kind === 'image' || part.kind === 'attachment')
}

function nameOf(part: AddedPart): string {
  return part.kind === 'image' ? t('queue.image') : part.name
}
