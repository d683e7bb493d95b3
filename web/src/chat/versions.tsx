// The versions of a message, and the ways from one to the next.
import { showVersion } from '../conversation/library.ts'
import type { Message } from '../conversation/types.ts'
import { IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'

export function Versions({ message, versions }: { message: Message; versions: readonly Message[] }) {
  if (versions.length < 2) return null
  const at = versions.findIndex(({ id }) => id === message.id)
  const show = (i: number) => void showVersion(versions[i]!)
  return (
    <span className="versions">
      <IconButton icon="left" label={t('chat.previous')} disabled={at === 0} onClick={() => show(at - 1)} />
      <span role="img" aria-label={t('chat.version', { n: at + 1, count: versions.length })}>
        {at + 1}/{versions.length}
      </span>
      <IconButton
        icon="right"
        label={t('chat.next')}
        disabled={at === versions.length - 1}
        onClick={() => show(at + 1)}
      />
    </span>
  )
}
