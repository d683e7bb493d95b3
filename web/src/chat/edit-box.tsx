// A message in a box to be changed. What is typed is kept, also over a reload.
import { useEffect, useRef, useState } from 'react'
import { textOf } from '../conversation/parts.ts'
import { sendVersion } from '../conversation/sending.ts'
import type { Message } from '../conversation/types.ts'
import { readDraft, writeDraft } from '../settings/draft.ts'
import { Button } from '../ui/button.tsx'
import { GrowingText } from '../ui/growing-text.tsx'
import { t } from '../words/words.ts'
import { enterSends, focusBox, isSendKey } from './send-key.ts'

export function EditBox({ message, onClose }: { message: Message; onClose: () => void }) {
  const place = `edit.${message.id}`
  const [text, setText] = useState(() => readDraft(place) || textOf(message.parts))
  const box = useRef<HTMLTextAreaElement>(null)
  useEffect(() => box.current?.focus(), [])
  const close = () => {
    writeDraft(place, '')
    onClose()
  }
  const save = async () => {
    if (text.trim() === '') return
    await sendVersion(message, text)
    close()
    focusBox()
  }
  return (
    <li className={`message ${message.role} editing`}>
      <GrowingText
        ref={box}
        dir="auto"
        value={text}
        aria-label={t('chat.editLabel')}
        enterKeyHint={enterSends() ? 'send' : 'enter'}
        onChange={(event) => {
          setText(event.target.value)
          writeDraft(place, event.target.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.preventDefault()
            close()
          }
          if (!isSendKey(event)) return
          event.preventDefault()
          void save()
        }}
      />
      <div className="actions">
        <Button onClick={close}>{t('app.cancel')}</Button>
        <Button kind="main" onClick={() => void save()}>
          {t(message.role === 'user' ? 'chat.editSend' : 'chat.editSave')}
        </Button>
      </div>
    </li>
  )
}
