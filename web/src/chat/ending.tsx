// How an answer ended, where it is not just done.
import { useEffect, useState } from 'react'
import { isAbandoned, isRunningHere } from '../conversation/answering.ts'
import type { Message } from '../conversation/types.ts'
import { t } from '../words/words.ts'
import { Failure } from './failure.tsx'

export function Ending({ message }: { message: Message }) {
  const { state, ending, error } = message
  const isCut = useIsAbandoned(message)
  if (state === 'failed' && error !== undefined) return <Failure message={message} error={error} />
  if (state === 'cut') return <p className="ending">{t('chat.cut')}</p>
  if (state === 'streaming') return <p className="ending">{t(isCut ? 'chat.cut' : 'chat.elsewhere')}</p>
  if (state === 'stopped') return <p className="ending">{t('chat.stopped')}</p>
  if (message.parts.length === 0) return <p className="ending">{t('chat.empty')}</p>
  if (ending === 'length') return <p className="ending">{t('chat.full')}</p>
  return null
}

/** Looks again after a while: another tab may still be at it, or gone. */
function useIsAbandoned(message: Message): boolean {
  const [, look] = useState(0)
  const isOpen = message.state === 'streaming' && !isRunningHere(message.id)
  useEffect(() => {
    if (!isOpen) return
    const timer = setInterval(() => look((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [isOpen])
  return isAbandoned(message)
}
