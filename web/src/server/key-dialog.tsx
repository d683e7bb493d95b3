// Asks for the API key when the server wants one.
import { useState } from 'react'
import { storedKey, storeKey } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { t } from '../words/words.ts'
import { refreshServer } from './server-state.ts'

export function KeyDialog({ onClose }: { onClose: () => void }) {
  const [key, setKey] = useState(storedKey)
  return (
    <Dialog title={t('key.title')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          storeKey(key.trim())
          void refreshServer()
          onClose()
        }}
      >
        <label className="field">
          {t('key.label')}
          <input type="password" autoComplete="off" value={key} onChange={(event) => setKey(event.target.value)} />
        </label>
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
