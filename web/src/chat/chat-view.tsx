// A chat: the messages of the way that is shown, and the box to write in. An empty one says hello.
import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { showVersion, useLibrary } from '../conversation/library.ts'
import { pathTo } from '../conversation/tree.ts'
import type { Conversation, Message } from '../conversation/types.ts'
import { useRoute } from '../shell/route.ts'
import { ViewHead } from '../shell/view-head.tsx'
import { IconButton } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import { MessageItem } from './message-item.tsx'
import { useStickToEnd } from './stick-to-end.ts'
import { Welcome } from './welcome.tsx'

export function ChatView({ chat, composer }: { chat: Conversation | undefined; composer: ReactNode }) {
  const messages = useLibrary((library) => library.messages)
  const leafId = chat?.kind === 'chat' ? chat.leafId : null
  const path = useMemo(() => pathTo(leafId, messages), [leafId, messages])
  const versions = useMemo(() => groupByParent(messages.values()), [messages])
  const { scroller, content, isAtEnd, toEnd, letGo } = useStickToEnd(path.length > 0)
  useJump(path, messages, letGo)
  return (
    <>
      <ViewHead title={chat?.title ?? t('list.newChat')} />
      <div className="scroll" ref={scroller}>
        <div className="column" ref={content}>
          {path.length === 0 && chat === undefined && <Welcome />}
          <ol className="messages" aria-label={t('chat.messages')}>
            {path.map((message, i) => (
              <MessageItem
                key={message.id}
                message={message}
                versions={versions.get(message.parentId) ?? alone}
                isLast={i === path.length - 1}
              />
            ))}
          </ol>
        </div>
      </div>
      <div className="foot">
        {!isAtEnd && <IconButton className="to-end" icon="down" label={t('chat.toBottom')} onClick={toEnd} />}
        {composer}
      </div>
    </>
  )
}

/** Goes to the message that the address names, also when it stands in another version than the one that is shown. */
function useJump(path: readonly Message[], messages: ReadonlyMap<string, Message>, letGo: () => void): void {
  const route = useRoute()
  const wanted = route.view === 'conversation' ? route.messageId : undefined
  const done = useRef<string>(undefined)
  const message = wanted === undefined ? undefined : messages.get(wanted)
  const isShown = path.some(({ id }) => id === wanted)
  useEffect(() => {
    if (message === undefined || done.current === message.id) return
    if (!isShown) return void showVersion(message)
    done.current = message.id
    letGo()
    const element = document.getElementById(`m-${message.id}`)
    element?.scrollIntoView({ block: 'start' })
    element?.focus({ preventScroll: true })
  }, [message, isShown, letGo])
}

const alone: readonly Message[] = []

function groupByParent(messages: Iterable<Message>): ReadonlyMap<string | null, readonly Message[]> {
  const groups = new Map<string | null, Message[]>()
  for (const message of messages) {
    const group = groups.get(message.parentId)
    if (group === undefined) groups.set(message.parentId, [message])
    else group.push(message)
  }
  for (const group of groups.values()) group.sort((a, b) => a.createdAt - b.createdAt)
  return groups
}
