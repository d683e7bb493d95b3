// A chat: the messages of the way that is shown, and the box to write in. An empty one says hello.
import { type ReactNode, useMemo } from 'react'
import { useLibrary } from '../conversation/library.ts'
import { pathTo } from '../conversation/tree.ts'
import type { Conversation, Message } from '../conversation/types.ts'
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
  const { scroller, content, isAtEnd, toEnd } = useStickToEnd(path.length > 0)
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
