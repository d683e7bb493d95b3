// A modal dialog by the browser's own element: it keeps the focus, and Escape closes it.
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { t } from '../words/words.ts'
import { Button, IconButton } from './button.tsx'

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const dialog = ref.current!
    dialog.showModal()
    // what is asked takes the focus, in place of the button that closes it
    const first = dialog.querySelector<HTMLElement>('input, footer button')
    first?.focus()
    if (first instanceof HTMLInputElement) first.select()
    return () => dialog.close() // gives the focus back to where it was
  }, [])
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={() => ref.current?.open !== true && onClose()}>
      <header>
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={t('app.close')} onClick={() => ref.current?.close()} />
      </header>
      {children}
    </dialog>
  )
}

type AskProps = { text: string; action: string; onYes: () => void; onClose: () => void }

/** Asks before something is lost. */
export function AskDialog({ text, action, onYes, onClose }: AskProps) {
  return (
    <Dialog title={action} onClose={onClose}>
      <p>{text}</p>
      <footer>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button
          kind="danger"
          onClick={() => {
            onYes()
            onClose()
          }}
        >
          {action}
        </Button>
      </footer>
    </Dialog>
  )
}
