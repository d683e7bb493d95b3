// A line above the view while the server is not ready, and nothing while it is.
import { storedKey } from '../api/client.ts'
import { changePanels } from '../shell/panels.ts'
import { Button } from '../ui/button.tsx'
import { percent, t } from '../words/words.ts'
import { useServer } from './server-state.ts'

export function StatusBar() {
  const { status, loadProgress, message } = useServer()
  if (status === 'ok' || status === 'unknown') return null
  return (
    <div className={`status ${status}`} role="status">
      {status === 'loading' && (
        <>
          {loadProgress === undefined
            ? t('status.loading')
            : t('status.loadingPercent', { percent: percent(loadProgress) })}
          <progress aria-label={t('status.loading')} {...(loadProgress === undefined ? {} : { value: loadProgress })} />
        </>
      )}
      {status === 'gone' && t('status.gone')}
      {status === 'error' && t('status.error', { message: message ?? '' })}
      {status === 'key' && (
        <>
          {t(storedKey() === '' ? 'status.key' : 'status.keyWrong')}
          <Button kind="main" onClick={() => changePanels({ dialog: 'key' })}>
            {t('status.enterKey')}
          </Button>
        </>
      )}
    </div>
  )
}
