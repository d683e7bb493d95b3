// The keys that work everywhere, and the list of them.
import { useLayoutEffect } from 'react'
import { runningIn, stop } from '../conversation/answering.ts'
import { useLibrary } from '../conversation/library.ts'
import { Dialog } from '../ui/dialog.tsx'
import { t, type WordKey } from '../words/words.ts'
import { changePanels, hideList, isListShown, showList, usePanels } from './panels.ts'
import { go, linkTo } from './route.ts'
import { undoLast } from './toast.tsx'

const isMac = /Mac|iP(hone|ad)/.test(navigator.userAgent)

/** A name beginning with `#` is a word of the language. */
const list: readonly { readonly keys: readonly string[]; readonly word: WordKey }[] = [
  { keys: ['Alt', 'N'], word: 'keys.newChat' },
  { keys: ['#control', 'K'], word: 'keys.search' },
  { keys: ['#control', 'B'], word: 'keys.list' },
  { keys: ['#control', ','], word: 'keys.settings' },
  { keys: ['/'], word: 'keys.write' },
  { keys: ['#enter'], word: 'keys.send' },
  { keys: ['#control', '#enter'], word: 'keys.continue' },
  { keys: ['Esc'], word: 'keys.stop' },
  { keys: ['↑'], word: 'keys.edit' },
  { keys: ['#control', 'Z'], word: 'keys.undo' },
  { keys: ['?'], word: 'keys.help' },
]

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <dl className="keys">
        {list.map(({ keys, word }) => (
          <div key={word}>
            <dt>{t(word)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{nameOf(key)}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

function nameOf(key: string): string {
  if (key === '#enter') return t('keys.enter')
  if (key === '#control') return isMac ? '⌘' : t('keys.control')
  return key
}

export function useKeys(): void {
  // not a moment later: as soon as the page is seen, its keys work
  useLayoutEffect(() => {
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return
  const action = actionOf(event)
  if (action === undefined) return
  event.preventDefault()
  action()
}

function actionOf(event: KeyboardEvent): (() => unknown) | undefined {
  const { key, altKey } = event
  const isControl = isMac ? event.metaKey : event.ctrlKey
  const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select')
  if (altKey && event.code === 'KeyN') return () => go(linkTo.newChat)
  if (isControl && key === 'k') return focusSearch
  if (isControl && key === 'b') return isListShown() ? hideList : showList
  if (isControl && key === ',') return () => changePanels({ isSettingsOpen: !usePanels.getState().isSettingsOpen })
  if (key === 'Escape') return stopOrClose()
  if (isTyping) return undefined
  if (isControl && key === 'z' && usePanels.getState().toast !== undefined) return undoLast
  if (key === '/') return () => document.querySelector<HTMLElement>('.composer textarea, .writing')?.focus()
  if (key === '?') return () => changePanels({ dialog: 'keys' })
  return undefined
}

function focusSearch(): void {
  showList()
  // a menu that was closed can take the focus once it is shown
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.sidebar input[type=search]')?.focus())
}

/** Stops what is being written; without that, closes what is open. */
function stopOrClose(): (() => unknown) | undefined {
  const { openId, messages } = useLibrary.getState()
  const running = openId === undefined ? [] : runningIn(openId, messages.values())
  if (running.length > 0) return () => running.map(({ id }) => stop(id))
  const { isMenuOpen, isSettingsOpen } = usePanels.getState()
  if (isMenuOpen || isSettingsOpen) return () => changePanels({ isMenuOpen: false, isSettingsOpen: false })
  return undefined
}
