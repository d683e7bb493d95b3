// Presets: prompt, output format, sampling, thinking and tools together under a name.
import { useState } from 'react'
import { changeShape, isSameShape, useShape } from '../conversation/shape.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import { changeSettings, useSettings, wholeShape } from './settings.ts'

export function PresetsSection() {
  const saved = useSettings((settings) => settings.saved)
  const shape = useShape()
  const [name, setName] = useState('')
  const without = (name: string) => saved.filter((one) => one.name !== name)
  return (
    <section>
      <h3>{t('settings.templates')}</h3>
      <p className="note">{t('settings.templatesNote')}</p>
      <ul className="saved">
        {saved.map((one) => {
          const isInUse = isSameShape(wholeShape(one.shape), shape)
          return (
            <li key={one.name}>
              <span dir="auto">{one.name}</span>
              <Button disabled={isInUse} onClick={() => changeShape(wholeShape(one.shape))}>
                {t(isInUse ? 'settings.templateInUse' : 'settings.templateUse')}
              </Button>
              <IconButton
                icon="trash"
                label={t('settings.templateDelete', { name: one.name })}
                onClick={() => changeSettings({ saved: without(one.name) })}
              />
            </li>
          )
        })}
      </ul>
      <form
        className="save-as"
        onSubmit={(event) => {
          event.preventDefault()
          changeSettings({ saved: [...without(name.trim()), { name: name.trim(), shape }] })
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
