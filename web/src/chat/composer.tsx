// The box to write in: text and files, what is typed is never lost; and how full the context is.
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { runningIn, stop } from '../conversation/answering.ts'
import { useLibrary } from '../conversation/library.ts'
import { useLive } from '../conversation/live.ts'
import { enqueue } from '../conversation/queue.ts'
import { send } from '../conversation/sending.ts'
import type { Conversation } from '../conversation/types.ts'
import { type ServerState, useServer } from '../server/server-state.ts'
import { IconButton } from '../ui/button.tsx'
import { GrowingText } from '../ui/growing-text.tsx'
import { t, type WordKey } from '../words/words.ts'
import { AddedParts } from './added-parts.tsx'
import { ContextGauge } from './context-gauge.tsx'
import { FileDrop } from './file-drop.tsx'
import { FileProblem, readFile } from './files.ts'
import { QueuedMessages } from './queued-messages.tsx'
import { enterSends, focusBox, isSendKey, isTouched } from './send-key.ts'
import { ShapePicker, ThinkingPicker } from './shape-picker.tsx'
import { useDraft } from './use-draft.ts'

/** A text that is longer becomes a file when it is pasted. */
const maxPastedCharacters = 2500

export function Composer({ chat }: { chat: Conversation | undefined }) {
  const draft = useDraft(chat?.id ?? 'new')
  const [problem, setProblem] = useState<string>()
  const whyNoImages = useServer(reasonForNoImages)
  const running = useRunning(chat?.id)
  const box = useRef<HTMLTextAreaElement>(null)
  const isSending = useRef(false)
  useEffect(() => {
    if (!isTouched()) box.current?.focus()
  }, [])

  const submit = async () => {
    // a second Enter, before the first is through, sends nothing
    if (draft.isEmpty || isSending.current) return
    isSending.current = true
    try {
      if (chat !== undefined && running.length > 0) enqueue(chat.id, draft.parts)
      else await send(chat?.kind === 'chat' ? chat : undefined, draft.parts)
      draft.clear()
      setProblem(undefined)
    } catch (error) {
      setProblem(t('error.storage', { message: error instanceof Error ? error.message : String(error) }))
    } finally {
      isSending.current = false
    }
  }
  const add = async (files: readonly File[]) => {
    const read = await Promise.allSettled(files.map((file) => readFile(file, whyNoImages)))
    draft.add(read.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])))
    const problems = read.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []))
    setProblem(problems.length === 0 ? undefined : problems.join('\n'))
    focusBox()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'ArrowUp' && draft.text === '') {
      event.preventDefault()
      editLast()
    }
    if (!isSendKey(event)) return
    event.preventDefault()
    void submit()
  }
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text/plain')
    const files = [...event.clipboardData.files]
    // an office program puts a picture of the text beside it
    if (files.length > 0 && text === '') {
      event.preventDefault()
      void add(files)
    } else if (text.length > maxPastedCharacters) {
      event.preventDefault()
      const size = new TextEncoder().encode(text).length
      draft.add([{ kind: 'attachment', name: t('chat.pasted'), size, text }])
    }
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <FileDrop onDrop={(files) => void add(files)} />
      {chat !== undefined && (
        <QueuedMessages
          conversationId={chat.id}
          isRunning={running.length > 0}
          onEdit={({ text, added }) => {
            draft.change({ text, added })
            focusBox()
          }}
        />
      )}
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <AddedParts
        parts={draft.added}
        onRemove={(part) => {
          draft.remove(part)
          focusBox()
        }}
      />
      <GrowingText
        ref={box}
        dir="auto"
        value={draft.text}
        placeholder={t('chat.placeholder')}
        aria-label={t('chat.write')}
        enterKeyHint={enterSends() ? 'send' : 'enter'}
        onChange={(event) => draft.change({ text: event.target.value })}
        onKeyDown={onKeyDown}
        onPaste={paste}
      />
      <div className="bar">
        <FileButton onChoose={(files) => void add(files)} />
        <ShapePicker />
        <ThinkingPicker />
        <ContextGauge />
        {running.length > 0 && (
          <IconButton
            className="go"
            icon="stop"
            label={t('chat.stop')}
            onClick={() => {
              running.forEach(stop)
              focusBox()
            }}
          />
        )}
        {(running.length === 0 || !draft.isEmpty) && (
          <IconButton
            className="go"
            icon="send"
            label={t(running.length > 0 ? 'chat.queueIt' : 'chat.send')}
            type="submit"
            disabled={draft.isEmpty}
          />
        )}
      </div>
    </form>
  )
}

function FileButton({ onChoose }: { onChoose: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton icon="attach" label={t('chat.attach')} onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onChoose([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </>
  )
}

function messageOf(error: unknown): string {
  if (!(error instanceof FileProblem)) console.error(error)
  return error instanceof Error ? error.message : String(error)
}

/** Opens the last message of the user to be edited. */
function editLast(): void {
  const buttons = [...document.querySelectorAll<HTMLElement>('.message.user .tools button')]
  buttons.findLast((button) => button.title === t('chat.edit'))?.click()
}

/** The reason for which no image can be added; undefined when one can. */
function reasonForNoImages({ status, props }: ServerState): WordKey | undefined {
  if (props?.modalities?.vision === true) return undefined
  return status === 'ok' ? 'chat.noImages' : 'chat.notReady'
}

/** The ids of answers of this conversation that are being written here. */
function useRunning(conversationId: string | undefined): readonly string[] {
  const messages = useLibrary((library) => library.messages)
  // the ids as one string: it changes when an answer begins or ends, not with each token
  const ids = useLive((all) => Object.keys(all).join())
  if (conversationId === undefined || ids === '') return none
  return runningIn(conversationId, messages.values()).map(({ id }) => id)
}

const none: readonly string[] = []
