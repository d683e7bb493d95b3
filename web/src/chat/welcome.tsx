// What an empty chat shows: who will answer, and a few ways to begin.
import { send } from '../conversation/sending.ts'
import { modelName, useServer } from '../server/server-state.ts'
import { beginText } from '../shell/begin-text.ts'
import { Icon, Mark } from '../ui/icon.tsx'
import { t } from '../words/words.ts'

export function Welcome() {
  const server = useServer()
  const name = modelName(server)
  return (
    <section className="welcome">
      <Mark />
      <h2>{t('chat.hello')}</h2>
      <p>{name === '' ? '\u00a0' : t('chat.helloNote', { model: name })}</p>
      <ul>
        {(['chat.idea1', 'chat.idea2', 'chat.idea3'] as const).map((idea) => (
          <li key={idea}>
            <button
              type="button"
              onClick={() => void send(undefined, [{ kind: 'text', text: t(idea) }])}
              disabled={server.status !== 'ok'}
            >
              {t(idea)}
              <Icon name="send" />
            </button>
          </li>
        ))}
      </ul>
      <p className="or">
        <button type="button" onClick={() => void beginText()}>
          <Icon name="text" />
          {t('chat.orText')}
        </button>
      </p>
    </section>
  )
}
