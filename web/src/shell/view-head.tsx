// The head of a view: its title, the model, and the ways to the list and the settings.
import { useEffect } from 'react'
import { modelName, useServer } from '../server/server-state.ts'
import { IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import { changePanels, showList, usePanels } from './panels.ts'
import { linkTo } from './route.ts'

export function ViewHead({ title }: { title: string }) {
  const name = useServer(modelName)
  const isSettingsOpen = usePanels((panels) => panels.isSettingsOpen)
  useEffect(() => {
    document.title = `${title} · Cria`
  }, [title])
  return (
    <header className="head">
      <IconButton className="open-menu" icon="menu" label={t('app.menu')} onClick={showList} />
      <h1 dir="auto">{title}</h1>
      {name !== '' && (
        <a className="model" href={linkTo.server} title={`${t('app.server')}: ${name}`}>
          {name}
        </a>
      )}
      <IconButton
        icon="settings"
        label={t('app.settings')}
        aria-expanded={isSettingsOpen}
        onClick={() => changePanels({ isSettingsOpen: !isSettingsOpen })}
      />
    </header>
  )
}
