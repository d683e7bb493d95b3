// What went wrong with an answer, what to do about it, and the buttons to do it.
import { storedKey } from '../api/client.ts'
import { continueAnswer, retryAnswer } from '../conversation/answering.ts'
import type { Message } from '../conversation/types.ts'
import { changePanels } from '../shell/panels.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'

export function Failure({ message, error }: { message: Message; error: NonNullable<Message['error']> }) {
  const { kind, message: words } = error
  const isWrongKey = kind === 'key' && storedKey() !== ''
  return (
    <div className="failure" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{t(isWrongKey ? 'error.keyWrong' : `error.${kind}`)}</strong>
        <p>{t(`error.${kind}Help`)}</p>
        {kind !== 'gone' && <p className="words">{words}</p>}
        <div className="actions">
          <Button icon="again" kind="main" onClick={() => void retryAnswer(message)}>
            {t('app.retry')}
          </Button>
          {message.parts.length > 0 && message.isJson !== true && (
            <Button icon="forward" onClick={() => void continueAnswer(message)}>
              {t('chat.continue')}
            </Button>
          )}
          {kind === 'key' && <Button onClick={() => changePanels({ dialog: 'key' })}>{t('status.enterKey')}</Button>}
        </div>
      </div>
    </div>
  )
}
