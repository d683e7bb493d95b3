// What was just done, with a button that undoes it; it goes by itself, but not while it is pointed at or has the focus.
import { useEffect, useState } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import { changePanels, usePanels } from './panels.ts'

const shownMs = 10_000
const close = () => changePanels({ toast: undefined })

/** Says what was deleted, and lets it be brought back. */
export function showUndo(text: string, undo: () => void): void {
  changePanels({ toast: { text, undo } })
}

export function undoLast(): void {
  usePanels.getState().toast?.undo()
  close()
}

export function Toast() {
  const toast = usePanels((panels) => panels.toast)
  const [isHeld, setHeld] = useState(false)
  useEffect(() => {
    if (toast === undefined || isHeld) return
    const timer = setTimeout(close, shownMs)
    return () => clearTimeout(timer)
  }, [toast, isHeld])
  return (
    <div
      role="status"
      className="toast"
      hidden={toast === undefined}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toast !== undefined && (
        <>
          <span>{toast.text}</span>
          <Button icon="undo" onClick={undoLast}>
            {t('text.undo')}
          </Button>
          <IconButton icon="close" label={t('app.close')} onClick={close} />
        </>
      )}
    </div>
  )
}
