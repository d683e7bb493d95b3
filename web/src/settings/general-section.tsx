// Settings of the page itself.
import { storedKey } from '../api/client.ts'
import { changePanels, usePanels } from '../shell/panels.ts'
import { Button } from '../ui/button.tsx'
import { Switch } from '../ui/switch.tsx'
import { languages, t } from '../words/words.ts'
import { changeSettings, type Language, type Settings, useSettings } from './settings.ts'

export function GeneralSection() {
  const { theme, language, sendsOnEnter, showsNumbers, writesTitles } = useSettings()
  usePanels((panels) => panels.dialog) // the key may have changed when its dialog closes
  return (
    <section>
      <h3>{t('settings.general')}</h3>
      <label className="field across">
        {t('settings.theme')}
        <select value={theme} onChange={(event) => changeSettings({ theme: event.target.value as Settings['theme'] })}>
          <option value="auto">{t('settings.themeAuto')}</option>
          <option value="light">{t('settings.themeLight')}</option>
          <option value="dark">{t('settings.themeDark')}</option>
        </select>
      </label>
      <label className="field across">
        {t('settings.language')}
        <select value={language} onChange={(event) => changeSettings({ language: event.target.value as Language })}>
          {Object.entries(languages).map(([key, { name }]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field across">
        {t('settings.sendsOnEnter')}
        <Switch isOn={sendsOnEnter} onChange={(sendsOnEnter) => changeSettings({ sendsOnEnter })} />
      </label>
      <p className="note">{t('settings.sendsOnEnterNote')}</p>
      <label className="field across">
        {t('settings.showsNumbers')}
        <Switch isOn={showsNumbers} onChange={(showsNumbers) => changeSettings({ showsNumbers })} />
      </label>
      <label className="field across">
        {t('settings.writesTitles')}
        <Switch isOn={writesTitles} onChange={(writesTitles) => changeSettings({ writesTitles })} />
      </label>
      <div className="field across">
        <span>
          {t('settings.apiKey')}: {t(storedKey() === '' ? 'settings.apiKeyNone' : 'settings.apiKeySet')}
        </span>
        <Button onClick={() => changePanels({ dialog: 'key' })}>{t('settings.change')}</Button>
      </div>
    </section>
  )
}
