// The list of conversations: found by words, renamed, exported, deleted. And the ways to the other views.
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { messagesOf } from '../conversation/database.ts'
import { toJson } from '../conversation/export.ts'
import { changeConversation, deleteConversations, newText, useLibrary } from '../conversation/library.ts'
import { toMarkdown } from '../conversation/markdown-file.ts'
import { findInMessages, prepareSearch } from '../conversation/search.ts'
import type { Conversation } from '../conversation/types.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { AskDialog, Dialog } from '../ui/dialog.tsx'
import { Icon, Mark } from '../ui/icon.tsx'
import { t, type WordKey } from '../words/words.ts'
import { download, fileName } from './download.ts'
import { changePanels } from './panels.ts'
import { go, linkTo, useRoute } from './route.ts'

export function Sidebar() {
  const conversations = useLibrary((library) => library.conversations)
  const [words, setWords] = useState('')
  const found = useFound(conversations, words)
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
        <IconButton className="close-menu" icon="close" label={t('app.closeMenu')} onClick={closeMenu} />
      </header>
      <div className="begin">
        <a className="button main" href={linkTo.newChat} onClick={closeMenu}>
          <Icon name="plus" />
          {t('list.newChat')}
        </a>
        <IconButton
          icon="text"
          label={t('list.newText')}
          onClick={async () => {
            go(linkTo.conversation((await newText(t('list.untitled'))).id))
            closeMenu()
          }}
        />
      </div>
      <label className="search">
        <Icon name="search" />
        <input
          type="search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          placeholder={t('list.search')}
          aria-label={t('list.search')}
        />
      </label>
      <div className="conversations">
        {conversations !== undefined && found.length === 0 && (
          <p className="note">{t(conversations.length === 0 ? 'list.none' : 'list.noMatch')}</p>
        )}
        {groupsOf(found).map(([word, group]) => (
          <section key={word}>
            <h2>{t(word)}</h2>
            <ul>
              {group.map((conversation) => (
                <Row key={conversation.id} conversation={conversation} isOpen={conversation.id === openId} />
              ))}
            </ul>
          </section>
        ))}
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

/** By title at once, by what was said a moment later. */
function useFound(conversations: readonly Conversation[] | undefined, words: string): readonly Conversation[] {
  const [inMessages, setInMessages] = useState<ReadonlySet<string>>(nowhere)
  const wanted = words.trim().toLowerCase()
  useEffect(() => {
    setInMessages(nowhere)
    if (wanted.length < 2) return
    let isOld = false
    const timer = setTimeout(async () => {
      const ids = await findInMessages(wanted)
      if (!isOld) setInMessages(ids)
    }, 100)
    return () => {
      isOld = true
      clearTimeout(timer)
    }
  }, [wanted])
  return useMemo(() => {
    if (wanted === '') return conversations ?? []
    const has = (conversation: Conversation) =>
      conversation.title.toLowerCase().includes(wanted) ||
      (conversation.kind === 'text' && conversation.text.toLowerCase().includes(wanted))
    return (conversations ?? []).filter((conversation) => has(conversation) || inMessages.has(conversation.id))
  }, [conversations, wanted, inMessages])
}

const nowhere: ReadonlySet<string> = new Set()

function groupsOf(conversations: readonly Conversation[]): [WordKey, Conversation[]][] {
  const today = new Date().setHours(0, 0, 0, 0)
  const dayMs = 86_400_000
  const groupOf = ({ updatedAt }: Conversation): WordKey => {
    if (updatedAt >= today) return 'list.today'
    if (updatedAt >= today - dayMs) return 'list.yesterday'
    return updatedAt >= today - 7 * dayMs ? 'list.week' : 'list.older'
  }
  const groups = new Map<WordKey, Conversation[]>()
  for (const conversation of conversations) {
    const group = groupOf(conversation)
    const list = groups.get(group) ?? []
    list.push(conversation)
    groups.set(group, list)
  }
  return [...groups]
}

const Row = memo(function Row({ conversation, isOpen }: { conversation: Conversation; isOpen: boolean }) {
  const { id, title, kind } = conversation
  const [asking, setAsking] = useState<'menu' | 'rename' | 'delete'>()
  const close = () => setAsking(undefined)
  return (
    <li className="row">
      <a
        href={linkTo.conversation(id)}
        aria-current={isOpen ? 'page' : undefined}
        onClick={() => changePanels({ isMenuOpen: false })}
      >
        {kind === 'text' && <Icon name="text" />}
        <span>{title}</span>
      </a>
      <IconButton
        icon="more"
        label={t('list.more', { title })}
        aria-expanded={asking === 'menu'}
        onClick={() => setAsking(asking === 'menu' ? undefined : 'menu')}
      />
      {asking === 'menu' && <RowMenu conversation={conversation} onChoose={setAsking} />}
      {asking === 'rename' && <RenameDialog conversation={conversation} onClose={close} />}
      {asking === 'delete' && (
        <AskDialog
          text={t('list.deleteAsk', { title })}
          action={t('app.delete')}
          onClose={close}
          onYes={() => {
            if (isOpen) go(linkTo.newChat)
            void deleteConversations([id])
          }}
        />
      )}
    </li>
  )
})

type MenuProps = { conversation: Conversation; onChoose: (what: 'rename' | 'delete' | undefined) => void }

function RowMenu({ conversation, onChoose }: MenuProps) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    ref.current?.querySelector('button')?.focus()
  }, [])
  const save = async (kind: 'json' | 'md') => {
    onChoose(undefined)
    const bundle = { conversation, messages: await messagesOf(conversation.id) }
    const name = fileName(conversation.title, kind)
    if (kind === 'json') download(name, 'application/json', toJson([bundle]))
    else download(name, 'text/markdown', toMarkdown(bundle, { user: t('chat.you'), assistant: t('chat.model') }))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: closes when the focus leaves, or by Escape
    <div
      ref={ref}
      className="menu"
      onBlur={(event) => {
        if (!event.currentTarget.parentElement!.contains(event.relatedTarget)) onChoose(undefined)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onChoose(undefined)
      }}
    >
      <Button icon="edit" onClick={() => onChoose('rename')}>
        {t('list.rename')}
      </Button>
      <Button icon="down" onClick={() => void save('md')}>
        {t('list.exportMarkdown')}
      </Button>
      <Button icon="down" onClick={() => void save('json')}>
        {t('list.exportJson')}
      </Button>
      <Button icon="trash" onClick={() => onChoose('delete')}>
        {t('app.delete')}
      </Button>
    </div>
  )
}

function RenameDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [title, setTitle] = useState(conversation.title)
  return (
    <Dialog title={t('list.rename')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (title.trim() !== '') void changeConversation(conversation.id, { title: title.trim() })
          onClose()
        }}
      >
        <label className="field">
          {t('list.newTitle')}
          <input value={title} onChange={(event) => setTitle(event.target.value)} />
        </label>
        <footer>
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button kind="main" type="submit">
            {t('app.save')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
