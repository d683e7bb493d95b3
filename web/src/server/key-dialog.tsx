// Asks for the API key when the server wants one, and says when it is not the right one.
import { useState } from 'react'
import { storedKey, storeKey } from '../api/client.ts'
import { isKeyRight } from '../api/server.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { t } from '../words/words.ts'
import { refreshServer, serverState } from './server-state.ts'

export function KeyDialog({ onClose }: { onClose: () => void }) {
  const [key, setKey] = useState(storedKey)
  const [isWrong, setWrong] = useState(() => storedKey() !== '' && serverState().status === 'key')
  const save = async () => {
    storeKey(key.trim())
    const isRight = await isKeyRight()
    void refreshServer()
    if (isRight) onClose()
    else setWrong(true)
  }
  return (
    <Dialog title={t('key.title')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <label className="field">
          {t('key.label')}
          <input
            type="password"
            autoComplete="off"
            value={key}
            aria-invalid={isWrong}
            onChange={(event) => {
              setKey(event.target.value)
              setWrong(false)
            }}
          />
        </label>
        {isWrong && (
          <p className="problem" role="alert">
            {t('key.wrong')}
          </p>
        )}
        <p className="note">{t('key.note')}</p>
        <footer>
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button kind="main" type="submit">
            {t('app.save')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
