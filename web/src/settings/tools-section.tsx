// How the model thinks, where its template lets one choose, and the tools that it may call.
import { changeShape, useShape } from '../conversation/shape.ts'
import { thinkingChoices, useServer } from '../server/server-state.ts'
import { toolNames } from '../tools/tools.ts'
import { Switch } from '../ui/switch.tsx'
import { t } from '../words/words.ts'
import type { Thinking } from './settings.ts'

export function ToolsSection() {
  const { tools, thinking } = useShape()
  const choices = thinkingChoices(useServer((server) => server.props?.chat_template))
  return (
    <section>
      <h3>{t('settings.tools')}</h3>
      {choices.length > 0 && (
        <label className="field across">
          {t('settings.thinking')}
          <select value={thinking} onChange={(event) => changeShape({ thinking: event.target.value as Thinking })}>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {t(`thinking.${choice}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      <p className="note">{t('settings.toolsNote')}</p>
      {toolNames.map((name) => (
        <label className="field across" key={name}>
          {t(`tool.${name}`)}
          <Switch
            isOn={tools.includes(name)}
            onChange={(isOn) =>
              changeShape({ tools: toolNames.filter((one) => (one === name ? isOn : tools.includes(one))) })
            }
          />
        </label>
      ))}
    </section>
  )
}
