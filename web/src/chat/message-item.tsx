// One message, finished or as it grows, with all that can be done with it.
import { memo, useEffect, useRef, useState } from 'react'
import { continueAnswer } from '../conversation/answering.ts'
import { deleteMessage, restore } from '../conversation/library.ts'
import { type Live, useLive } from '../conversation/live.ts'
import { type Part, textOf } from '../conversation/parts.ts'
import { regenerate } from '../conversation/sending.ts'
import type { Message } from '../conversation/types.ts'
import { plainText } from '../markdown/plain-text.ts'
import { changeSettings, useSettings } from '../settings/settings.ts'
import { announce } from '../shell/panels.ts'
import { showUndo } from '../shell/toast.tsx'
import { IconButton } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { t } from '../words/words.ts'
import { Answer } from './answer.tsx'
import { EditBox } from './edit-box.tsx'
import { Ending } from './ending.tsx'
import { MessageNumbers } from './message-numbers.tsx'
import { Said } from './said.tsx'
import { focusBox } from './send-key.ts'
import { Versions } from './versions.tsx'

type Props = { message: Message; versions: readonly Message[]; isLast: boolean }

export const MessageItem = memo(function MessageItem({ message, versions, isLast }: Props) {
  const live = useLive((all) => all[message.id])
  const [isEditing, setEditing] = useState(false)
  const showsProbs = useSettings((settings) => settings.showsProbs)
  const isUser = message.role === 'user'
  useAnnouncedEnd(message, live)
  const editButton = useFocusAfter(isEditing)
  if (isEditing) return <EditBox message={message} onClose={() => setEditing(false)} />
  return (
    <li
      className={`message ${message.role}`}
      id={`m-${message.id}`}
      tabIndex={-1}
      data-state={live === undefined ? message.state : 'live'}
    >
      <h2 className="heard">{t(isUser ? 'chat.you' : 'chat.model')}</h2>
      <div className="bubble">
        {isUser ? <Said parts={message.parts} /> : <Answer message={message} live={live} showsProbs={showsProbs} />}
      </div>
      {live === undefined && !isUser && <Ending message={message} />}
      <div className="tools">
        <Versions message={message} versions={versions} />
        {live === undefined && (
          <>
            <CopyButton text={textOf(message.parts)} label={t('chat.copy')} />
            {!isUser && <PlainCopyButton parts={message.parts} />}
            <IconButton ref={editButton} icon="edit" label={t('chat.edit')} onClick={() => setEditing(true)} />
            {!isUser && <AnswerTools message={message} isLast={isLast} showsProbs={showsProbs} />}
            <IconButton icon="trash" label={t('chat.delete')} onClick={() => void remove(message)} />
            {!isUser && <MessageNumbers message={message} />}
          </>
        )}
      </div>
    </li>
  )
})

async function remove(message: Message): Promise<void> {
  const deleted = await deleteMessage(message)
  showUndo(t('chat.deleted', { n: deleted.messages.length }), () => void restore(deleted))
  focusBox()
}

function AnswerTools({ message, isLast, showsProbs }: { message: Message; isLast: boolean; showsProbs: boolean }) {
  return (
    <>
      <IconButton
        icon="again"
        label={t('chat.regenerate')}
        onClick={() => {
          regenerate(message)
          focusBox()
        }}
      />
      {isLast && message.parts.length > 0 && message.isJson !== true && (
        <IconButton
          icon="forward"
          label={t('chat.continue')}
          onClick={() => {
            void continueAnswer(message)
            focusBox()
          }}
        />
      )}
      {(message.probs?.length ?? 0) > 0 && (
        <IconButton
          icon="bars"
          label={t(showsProbs ? 'chat.hideProbs' : 'chat.probs')}
          aria-pressed={showsProbs}
          onClick={() => changeSettings({ showsProbs: !showsProbs })}
        />
      )}
    </>
  )
}

/** What had the focus went away when `isOpen` began: its button gets it back at the end. */
function useFocusAfter(isOpen: boolean) {
  const ref = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  useEffect(() => {
    if (wasOpen.current && !isOpen) ref.current?.focus()
    wasOpen.current = isOpen
  }, [isOpen])
  return ref
}

function PlainCopyButton({ parts }: { parts: readonly Part[] }) {
  return <CopyButton icon="text" text={() => plainText(textOf(parts))} label={t('chat.copyPlain')} />
}

/** Those who hear the page are told an answer once it is whole. */
function useAnnouncedEnd(message: Message, live: Live | undefined): void {
  const wasLive = useRef(false)
  useEffect(() => {
    if (wasLive.current && live === undefined) {
      announce(`${t('chat.model')}: ${message.error?.message ?? textOf(message.parts).slice(0, 600)}`)
    }
    wasLive.current = live !== undefined
  }, [live, message])
}
