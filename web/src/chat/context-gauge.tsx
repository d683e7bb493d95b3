// How much of the context the conversation takes: as the server counted it last.
import { conversationOf, useLibrary } from '../conversation/library.ts'
import { useLive } from '../conversation/live.ts'
import { pathTo } from '../conversation/tree.ts'
import { useServer } from '../server/server-state.ts'
import { count, percent, t } from '../words/words.ts'

export function ContextGauge() {
  const nCtx = useServer((server) => server.props?.default_generation_settings.n_ctx)
  const used = useUsed()
  if (nCtx === undefined || used === undefined) return null
  const text = t('chat.context', { used: count(used), total: count(nCtx) })
  const share = Math.min(1, used / nCtx)
  return (
    <span className={share > 0.85 ? 'gauge full' : 'gauge'} title={text}>
      <meter min={0} max={1} value={share} aria-label={text} />
      {share > 0 && share < 0.01 ? `<\u00a0${percent(0.01)}` : percent(share)}
    </span>
  )
}

function useUsed(): number | undefined {
  const { openId, messages } = useLibrary()
  const conversation = openId === undefined ? undefined : conversationOf(openId)
  const path = conversation?.kind === 'chat' ? pathTo(conversation.leafId, messages) : []
  const last = path.at(-1)
  // in steps: the gauge need not move with each token
  const written = useLive((all) => (last === undefined ? 0 : Math.floor((all[last.id]?.nTokens ?? 0) / 16) * 16))
  const counted = path.findLast(({ numbers }) => numbers?.promptTokens !== undefined)?.numbers
  if (counted?.promptTokens === undefined) return written > 0 ? written : undefined
  return counted.promptTokens + counted.predictedTokens + written
}
