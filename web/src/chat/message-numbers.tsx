// The numbers of a finished answer: speed, time to the first token, tokens; and the model, where it is not the one of now.
import type { Message } from '../conversation/types.ts'
import { modelName, useServer } from '../server/server-state.ts'
import { useSettings } from '../settings/settings.ts'
import { count, seconds, t } from '../words/words.ts'

export function MessageNumbers({ message: { numbers, model } }: { message: Message }) {
  const isShown = useSettings((settings) => settings.showsNumbers)
  const current = useServer(modelName)
  const other = model !== undefined && model !== current ? model : undefined
  if (!isShown || numbers === undefined) return other === undefined ? null : <span className="numbers">{other}</span>
  const { predictedTokens: n, predictedMs, firstTokenMs, cachedTokens, promptTokens } = numbers
  const speed = count(predictedMs > 0 ? (n / predictedMs) * 1000 : 0, 1)
  const cached =
    promptTokens === undefined
      ? undefined
      : t('chat.numbersCached', { n: count(cachedTokens ?? 0), total: count(promptTokens) })
  return (
    <span className="numbers" title={[model, cached].filter((line) => line !== undefined).join('\n')}>
      {other !== undefined && `${other} · `}
      {t('chat.numbers', { speed, first: seconds(firstTokenMs), n: count(n) })}
    </span>
  )
}
