// Where the page begins.
import '@fontsource-variable/figtree'
import '@fontsource-variable/fraunces'
import '@fontsource-variable/jetbrains-mono'
import './style/page.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadLibrary } from './conversation/library.ts'
import './conversation/titles.ts'
import { refreshServer } from './server/server-state.ts'
import { useSettings } from './settings/settings.ts'
import { App } from './shell/app.tsx'

function Page() {
  const { language, theme } = useSettings()
  document.documentElement.lang = language
  if (theme === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  return <App key={language} />
}

// brought back as it was left, it would wait for answers whose connections are gone
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})
void refreshServer()
const storageProblem = await loadLibrary().then(
  () => undefined,
  (error: unknown) => error,
)
if (storageProblem !== undefined) console.error(storageProblem)
createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
)

// the page opens while its server is off, and says so; only on https and localhost
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('./sw.js').catch(() => {}) // without it the page works as well
}
