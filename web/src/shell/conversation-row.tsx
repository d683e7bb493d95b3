// A row of the list of conversations, and what can be done with it: renamed, exported, deleted.
import { memo, useEffect, useRef, useState } from 'react'
import { messagesOf } from '../conversation/database.ts'
import { toJson } from '../conversation/export.ts'
import { changeConversation, deleteConversations, restore } from '../conversation/library.ts'
import { useLive } from '../conversation/live.ts'
import { toMarkdown } from '../conversation/markdown-file.ts'
import type { Found } from '../conversation/search.ts'
import type { Conversation } from '../conversation/types.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'
import { download, fileName } from './download.ts'
import { changePanels } from './panels.ts'
import { go, linkTo } from './route.ts'
import { showUndo } from './toast.tsx'

type RowProps = {
  conversation: Conversation
  isOpen: boolean
  /** Where the words of a search stand in it. */
  place: Found | undefined
}

/** One conversation: a link, and a menu beside it. */
export const ConversationRow = memo(function ConversationRow({ conversation, isOpen, place }: RowProps) {
  const { id, title, kind } = conversation
  const [asking, setAsking] = useState<'menu' | 'rename'>()
  const isWriting = useLive((all) => Object.values(all).some(({ conversationId }) => conversationId === id))
  const close = () => setAsking(undefined)
  const more = useRef<HTMLButtonElement>(null)
  return (
    <li className="row">
      <a
        href={place === undefined ? linkTo.conversation(id) : linkTo.message(id, place.messageId)}
        aria-current={isOpen ? 'page' : undefined}
        title={title}
        onClick={() => changePanels({ isMenuOpen: false })}
      >
        {kind === 'text' && <Icon name="text" />}
        <span dir="auto">
          {title}
          {place !== undefined && (
            <small dir="auto">
              {place.snippet[0]}
              <mark>{place.snippet[1]}</mark>
              {place.snippet[2]}
            </small>
          )}
        </span>
        {isWriting && <i className="running" role="img" aria-label={t('list.writing')} />}
      </a>
      <IconButton
        ref={more}
        icon="more"
        label={t('list.more', { title })}
        aria-expanded={asking === 'menu'}
        onClick={() => setAsking(asking === 'menu' ? undefined : 'menu')}
      />
      {asking === 'menu' && (
        <RowMenu
          conversation={conversation}
          onClose={(next) => {
            more.current?.focus() // the menu goes away, and what is opened gives the focus back to the button
            setAsking(next)
          }}
          onDelete={() => void remove(conversation, isOpen)}
        />
      )}
      {asking === 'rename' && <RenameDialog conversation={conversation} onClose={close} />}
    </li>
  )
})

async function remove({ id, title }: Conversation, isOpen: boolean): Promise<void> {
  if (isOpen) go(linkTo.newChat)
  const deleted = await deleteConversations([id])
  showUndo(t('list.deleted', { title }), () => {
    void restore(deleted)
    if (isOpen) go(linkTo.conversation(id))
  })
  if (!isOpen) document.querySelector<HTMLElement>('.sidebar .begin a')?.focus()
}

type MenuProps = {
  conversation: Conversation
  /** @param next what is opened in its place. */
  onClose: (next?: 'rename') => void
  onDelete: () => void
}

function RowMenu({ conversation, onClose, onDelete }: MenuProps) {
  const { id, isPinned = false } = conversation
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    ref.current?.querySelector('button')?.focus()
  }, [])
  const save = async (kind: 'json' | 'md') => {
    onClose()
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
        if (!event.currentTarget.parentElement!.contains(event.relatedTarget)) onClose()
      }}
      onKeyDown={(event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
        if (step === undefined && event.key !== 'Escape') return
        event.preventDefault()
        if (step !== undefined) return moveFocus(event.currentTarget, step)
        onClose()
      }}
    >
      <Button
        icon="pin"
        onClick={() => {
          onClose()
          void changeConversation(id, { isPinned: !isPinned })
        }}
      >
        {t(isPinned ? 'list.unpin' : 'list.pin')}
      </Button>
      <Button icon="edit" onClick={() => onClose('rename')}>
        {t('list.rename')}
      </Button>
      <Button icon="down" onClick={() => void save('md')}>
        {t('list.exportMarkdown')}
      </Button>
      <Button icon="down" onClick={() => void save('json')}>
        {t('list.exportJson')}
      </Button>
      <Button
        icon="trash"
        onClick={() => {
          onClose()
          onDelete()
        }}
      >
        {t('app.delete')}
      </Button>
    </div>
  )
}

function moveFocus(menu: HTMLElement, step: number): void {
  const buttons = [...menu.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  buttons.at((at + step) % buttons.length)?.focus()
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
