// What shapes the answers besides the words, so that nobody wonders: presets to pick from, and how the model thinks.
import { useEffect, useRef, useState } from 'react'
import { changeShape, isSameShape, useShape } from '../conversation/shape.ts'
import { thinkingChoices, useServer } from '../server/server-state.ts'
import { defaultShape, type Shape, type Thinking, useSettings, wholeShape } from '../settings/settings.ts'
import { changePanels } from '../shell/panels.ts'
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'

export function ShapePicker() {
  const shape = useShape()
  const saved = useSettings((settings) => settings.saved)
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isOpen) root.current?.querySelector<HTMLElement>('[aria-checked=true], [role=menuitem]')?.focus()
  }, [isOpen])
  const presets = [{ name: t('shape.standard'), shape: defaultShape }, ...saved]
  const active = presets.find((preset) => isSameShape(wholeShape(preset.shape), shape))
  const isStandard = active === presets[0]
  const close = () => {
    setOpen(false)
    root.current?.querySelector<HTMLElement>('button')?.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: closes when the focus leaves, or by Escape
    <div
      ref={root}
      className="shape-picker"
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
      onKeyDown={(event) => {
        if (!isOpen) return
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
        if (event.key !== 'Escape' && step === undefined) return
        event.preventDefault()
        if (step === undefined) return close()
        const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')]
        items.at((items.indexOf(document.activeElement as HTMLElement) + step) % items.length)?.focus()
      }}
    >
      <button
        type="button"
        className={isStandard ? 'mode plain' : 'mode'}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        title={t('shape.pick')}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="settings" />
        <span className="heard">{t('shape.pick')}: </span>
        <span dir="auto">{isStandard ? t('shape.standard') : (active?.name ?? describe(shape))}</span>
      </button>
      {isOpen && (
        <div className="menu" role="menu" aria-label={t('shape.pick')}>
          {presets.map((preset) => (
            <button
              key={preset.name}
              type="button"
              role="menuitemradio"
              aria-checked={preset === active}
              className="button quiet"
              onClick={() => {
                changeShape(wholeShape(preset.shape))
                close()
              }}
            >
              <span className="check">{preset === active && <Icon name="check" />}</span>
              <span dir="auto">{preset.name}</span>
            </button>
          ))}
          <button
            type="button"
            role="menuitem"
            className="button quiet"
            onClick={() => {
              changePanels({ isSettingsOpen: true, settingsTab: 'prompt' })
              setOpen(false)
            }}
          >
            <span className="check">
              <Icon name="edit" />
            </span>
            {t('shape.edit')}
          </button>
        </div>
      )}
    </div>
  )
}

/** What differs from the standard, in a few words. */
function describe({ output, usesOwnTemplate, systemPrompt, sampling, tools }: Shape): string {
  const words = [
    ...(output.kind === 'json' ? [t('chat.jsonMode')] : []),
    ...(output.kind === 'grammar' ? [t('chat.grammarMode')] : []),
    ...(usesOwnTemplate ? [t('chat.ownMode')] : []),
    ...(tools.length > 0 ? [t('settings.tools')] : []),
    ...(systemPrompt.trim() !== '' && !usesOwnTemplate ? [t('settings.systemPrompt')] : []),
    ...(Object.keys(sampling).length > 0 ? [t('settings.sampling')] : []),
  ]
  return words.length > 2
    ? `${words.slice(0, 2).join(', ')} +${words.length - 2}`
    : words.join(', ') || t('shape.custom')
}

/** Where the template of the model has a choice. */
export function ThinkingPicker() {
  const { thinking } = useShape()
  const choices = thinkingChoices(useServer((server) => server.props?.chat_template))
  if (choices.length === 0) return null
  return (
    <select
      className="mode"
      aria-label={t('settings.thinking')}
      value={choices.includes(thinking) ? thinking : 'auto'}
      onChange={(event) => changeShape({ thinking: event.target.value as Thinking })}
    >
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {t('shape.thinking', { choice: t(`thinking.${choice}`) })}
        </option>
      ))}
    </select>
  )
}
