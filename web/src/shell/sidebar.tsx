// The list of conversations, found by words; and the ways to the other views.
import { useEffect, useMemo, useRef, useState } from 'react'
import { useLibrary } from '../conversation/library.ts'
import { type Found, findInMessages, prepareSearch } from '../conversation/search.ts'
import type { Conversation } from '../conversation/types.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Icon, Mark } from '../ui/icon.tsx'
import { t, type WordKey } from '../words/words.ts'
import { beginText } from './begin-text.ts'
import { ConversationRow } from './conversation-row.tsx'
import { changePanels, hideList } from './panels.ts'
import { linkTo, useRoute } from './route.ts'

export function Sidebar() {
  const conversations = useLibrary((library) => library.conversations)
  const [words, setWords] = useState('')
  const { found, places } = useFound(conversations, words)
  const { shown, showMore } = useShown(found)
  const route = useRoute()
  const openId = route.view === 'conversation' ? route.id : undefined
  const closeMenu = () => changePanels({ isMenuOpen: false })
  return (
    <nav className="sidebar" aria-label={t('list.navigation')}>
      <header>
        <a className="brand" href={linkTo.newChat} onClick={closeMenu}>
          <Mark />
          <span>Cria</span>
        </a>
        <IconButton icon="sidebar" label={t('app.closeMenu')} onClick={hideList} />
      </header>
      <div className="begin">
        <a className="button main" href={linkTo.newChat} onClick={closeMenu}>
          <Icon name="plus" />
          {t('list.newChat')}
        </a>
        <Button icon="text" onClick={() => void beginText().then(closeMenu)}>
          {t('list.newText')}
        </Button>
      </div>
      <label className="search">
        <Icon name="search" />
        <input
          type="search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onFocus={() => void prepareSearch()}
          placeholder={t('list.search')}
          aria-label={t('list.search')}
        />
      </label>
      <div className="conversations">
        {conversations !== undefined && found.length === 0 && (
          <p className="note">{t(conversations.length === 0 ? 'list.none' : 'list.noMatch')}</p>
        )}
        {groupsOf(shown).map(([word, group]) => (
          <section key={word}>
            <h2>{t(word)}</h2>
            <ul>
              {group.map((conversation) => (
                <ConversationRow
                  key={conversation.id}
                  conversation={conversation}
                  isOpen={conversation.id === openId}
                  place={places.get(conversation.id)}
                />
              ))}
            </ul>
          </section>
        ))}
        {shown.length < found.length && <More key={shown.length} onSeen={showMore} />}
      </div>
      <footer>
        <a
          className="button quiet"
          href={linkTo.server}
          onClick={closeMenu}
          aria-current={route.view === 'server' ? 'page' : undefined}
        >
          <Icon name="server" />
          {t('app.server')}
        </a>
        <Button icon="settings" onClick={() => changePanels({ isSettingsOpen: true, isMenuOpen: false })}>
          {t('app.settings')}
        </Button>
        <IconButton icon="keys" label={t('app.help')} onClick={() => changePanels({ dialog: 'keys' })} />
      </footer>
    </nav>
  )
}

/** So many rows are made at first, and each time that the end of the list is scrolled to. */
const rowsAtOnce = 100

function useShown(found: readonly Conversation[]) {
  const [n, setN] = useState(rowsAtOnce)
  const shown = useMemo(() => found.slice(0, n), [found, n])
  return { shown, showMore: () => setN(n + rowsAtOnce) }
}

/** The end of the rows that are made so far. */
function More({ onSeen }: { onSeen: () => void }) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) onSeen()
      },
      { rootMargin: '600px' },
    )
    observer.observe(ref.current!)
    return () => observer.disconnect()
  })
  return <div ref={ref} className="more" />
}

type FoundConversations = {
  readonly found: readonly Conversation[]
  /** Where the words stand in what was said. */
  readonly places: ReadonlyMap<string, Found>
}

/** By title at once, by what was said a moment later. */
function useFound(conversations: readonly Conversation[] | undefined, words: string): FoundConversations {
  const [places, setPlaces] = useState(nowhere)
  const wanted = words.trim().toLowerCase()
  useEffect(() => {
    setPlaces(nowhere)
    if (wanted.length < 2) return
    let isOld = false
    const timer = setTimeout(async () => {
      const found = await findInMessages(wanted)
      if (!isOld) setPlaces(found)
    }, 100)
    return () => {
      isOld = true
      clearTimeout(timer)
    }
  }, [wanted])
  return useMemo(() => {
    if (wanted === '') return { found: conversations ?? [], places: nowhere }
    const has = (conversation: Conversation) =>
      conversation.title.toLowerCase().includes(wanted) ||
      (conversation.kind === 'text' && conversation.text.toLowerCase().includes(wanted))
    const found = (conversations ?? []).filter((conversation) => has(conversation) || places.has(conversation.id))
    return { found, places }
  }, [conversations, wanted, places])
}

const nowhere: ReadonlyMap<string, Found> = new Map()

function groupsOf(conversations: readonly Conversation[]): [WordKey, Conversation[]][] {
  const today = new Date().setHours(0, 0, 0, 0)
  const dayMs = 86_400_000
  const groupOf = ({ updatedAt, isPinned }: Conversation): WordKey => {
    if (isPinned === true) return 'list.pinned'
    if (updatedAt >= today) return 'list.today'
    if (updatedAt >= today - dayMs) return 'list.yesterday'
    return updatedAt >= today - 7 * dayMs ? 'list.week' : 'list.older'
  }
  const groups = new Map<WordKey, Conversation[]>([['list.pinned', []]])
  for (const conversation of conversations) {
    const group = groupOf(conversation)
    const list = groups.get(group) ?? []
    list.push(conversation)
    groups.set(group, list)
  }
  return [...groups].filter(([, group]) => group.length > 0)
}
