// Saved templates: prompt, form and sampling together under a name.
import { useState } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import { changeSettings, type Shape, shapeOf, useSettings } from './settings.ts'

export function TemplatesSection() {
  const settings = useSettings()
  const [name, setName] = useState('')
  const { saved } = settings
  const now = JSON.stringify(shapeOf(settings))
  const isInUse = (shape: Shape) => JSON.stringify(shape) === now
  const without = (name: string) => saved.filter((one) => one.name !== name)
  return (
    <section>
      <h3>{t('settings.templates')}</h3>
      <p className="note">{t('settings.templatesNote')}</p>
      <ul className="saved">
        {saved.map((one) => (
          <li key={one.name}>
            <span>{one.name}</span>
            <Button disabled={isInUse(one.shape)} onClick={() => changeSettings(one.shape)}>
              {t(isInUse(one.shape) ? 'settings.templateInUse' : 'settings.templateUse')}
            </Button>
            <IconButton
              icon="trash"
              label={t('settings.templateDelete', { name: one.name })}
              onClick={() => changeSettings({ saved: without(one.name) })}
            />
          </li>
        ))}
      </ul>
      <form
        className="save-as"
        onSubmit={(event) => {
          event.preventDefault()
          changeSettings({ saved: [...without(name.trim()), { name: name.trim(), shape: shapeOf(settings) }] })
          setName('')
        }}
      >
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          aria-label={t('settings.templateName')}
          placeholder={t('settings.templateName')}
        />
        <Button type="submit" disabled={name.trim() === ''}>
          {t('settings.templateSave')}
        </Button>
      </form>
    </section>
  )
}
