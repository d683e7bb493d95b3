// The frame of the page: the list of conversations, the view, the settings beside it, and the keys that work everywhere.
import { lazy, Suspense, useEffect } from 'react'
import { ChatView } from '../chat/chat-view.tsx'
import { Composer } from '../chat/composer.tsx'
import { openConversation, useLibrary } from '../conversation/library.ts'
import { KeyDialog } from '../server/key-dialog.tsx'
import { StatusBar } from '../server/status-bar.tsx'
import { useSettings } from '../settings/settings.ts'
import { t } from '../words/words.ts'
import { GoneView } from './gone-view.tsx'
import { KeysDialog, useKeys } from './keys.tsx'
import { changePanels, usePanels } from './panels.ts'
import { useRoute } from './route.ts'
import { Sidebar } from './sidebar.tsx'
import { Toast } from './toast.tsx'

const ServerView = lazy(() => import('../server/server-view.tsx'))
const TextView = lazy(() => import('../text/text-view.tsx'))
const SettingsPanel = lazy(() => import('../settings/settings-panel.tsx'))

export function App() {
  const { isMenuOpen, isSettingsOpen, dialog, announcement } = usePanels()
  const showsList = useSettings((settings) => settings.showsList)
  useKeys()
  return (
    <div className="shell" data-menu={isMenuOpen} data-settings={isSettingsOpen} data-list={showsList}>
      <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
        {t('app.skip')}
      </button>
      <Sidebar />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what is behind the menu; the menu has a button too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the same */}
      <div className="behind" onClick={() => changePanels({ isMenuOpen: false, isSettingsOpen: false })} />
      <main id="content" tabIndex={-1}>
        <StatusBar />
        <Suspense>
          <View />
        </Suspense>
      </main>
      <Suspense>{isSettingsOpen && <SettingsPanel />}</Suspense>
      {dialog === 'key' && <KeyDialog onClose={() => changePanels({ dialog: undefined })} />}
      {dialog === 'keys' && <KeysDialog onClose={() => changePanels({ dialog: undefined })} />}
      <Toast />
      <div className="heard" role="status">
        {announcement}
      </div>
    </div>
  )
}

function View() {
  const route = useRoute()
  const id = route.view === 'conversation' ? route.id : undefined
  const conversation = useLibrary(({ conversations }) => conversations?.find((one) => one.id === id))
  const isGone = useLibrary(({ conversations }) => id !== undefined && conversations !== undefined) && !conversation
  useEffect(() => void openConversation(id), [id])
  if (route.view === 'server') return <ServerView />
  if (conversation?.kind === 'text') return <TextView key={conversation.id} text={conversation} />
  if (isGone) return <GoneView />
  return <ChatView key={id ?? 'new'} chat={conversation} composer={<Composer chat={conversation} />} />
}
