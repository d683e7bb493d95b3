// The numbers of a finished answer: speed, time to the first token, tokens, and what came from the cache.
import type { Message } from '../conversation/types.ts'
import { useSettings } from '../settings/settings.ts'
import { count, seconds, t } from '../words/words.ts'

export function MessageNumbers({ message: { numbers } }: { message: Message }) {
  const isShown = useSettings((settings) => settings.showsNumbers)
  if (!isShown || numbers === undefined) return null
  const { predictedTokens: n, predictedMs, firstTokenMs, cachedTokens, promptTokens } = numbers
  const speed = count(predictedMs > 0 ? (n / predictedMs) * 1000 : 0, 1)
  const cached =
    promptTokens === undefined
      ? undefined
      : t('chat.numbersCached', { n: count(cachedTokens ?? 0), total: count(promptTokens) })
  return (
    <span className="numbers" title={cached}>
      {t('chat.numbers', { speed, first: seconds(firstTokenMs), n: count(n) })}
    </span>
  )
}
