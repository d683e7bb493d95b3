// The box to write in: text and images, what is typed is never lost; and how full the context is.
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { runningIn, stop, useLive } from '../conversation/answering.ts'
import { useLibrary } from '../conversation/library.ts'
import { send } from '../conversation/sending.ts'
import type { Conversation } from '../conversation/types.ts'
import { type ServerState, useServer } from '../server/server-state.ts'
import { readDraft, readDraftImages, writeDraft, writeDraftImages } from '../settings/draft.ts'
import { useSettings } from '../settings/settings.ts'
import { changePanels } from '../shell/panels.ts'
import { IconButton } from '../ui/button.tsx'
import { GrowingText } from '../ui/growing-text.tsx'
import { t, type WordKey } from '../words/words.ts'
import { ContextGauge } from './context-gauge.tsx'
import { ImageDrop } from './image-drop.tsx'
import { readImages } from './images.ts'

export function Composer({ chat }: { chat: Conversation | undefined }) {
  const place = chat?.id ?? 'new'
  const [text, setText] = useState(() => readDraft(place))
  const [images, setImages] = useState(() => readDraftImages(place))
  const [problem, setProblem] = useState<string>()
  const sendsOnEnter = useSettings((settings) => settings.sendsOnEnter)
  const noImages = useServer(whyNoImages)
  const running = useRunning(chat?.id)
  const box = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const isSending = useRef(false)
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) box.current?.focus()
  }, [])

  useEffect(() => writeDraftImages(place, images), [place, images])

  const change = (value: string) => {
    setText(value)
    writeDraft(place, value)
  }
  const submit = async () => {
    // a second Enter, before the first is through, sends nothing
    if ((text.trim() === '' && images.length === 0) || running.length > 0 || isSending.current) return
    isSending.current = true
    try {
      await send(chat?.kind === 'chat' ? chat : undefined, text.trim(), images)
      change('')
      setImages([])
      writeDraftImages(place, []) // a new chat has another box by now
      setProblem(undefined)
    } catch (error) {
      setProblem(t('error.storage', { message: error instanceof Error ? error.message : String(error) }))
    } finally {
      isSending.current = false
    }
  }
  const add = async (files: Iterable<File>) => {
    if (noImages !== undefined) return setProblem(t(noImages))
    try {
      const urls = await readImages(files)
      setImages((known) => [...known, ...urls])
      setProblem(undefined)
    } catch {
      setProblem(t('chat.badImage'))
    }
    box.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault()
      ;[...document.querySelectorAll<HTMLElement>('.message.user .tools button')]
        .findLast((button) => button.title === t('chat.edit'))
        ?.click()
    }
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.shiftKey) return
    if (!sendsOnEnter && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    void submit()
  }
  const paste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files].filter(({ type }) => type.startsWith('image/'))
    if (files.length === 0) return
    event.preventDefault()
    void add(files)
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <ImageDrop whyNot={noImages} onDrop={(files) => void add(files)} />
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {images.length > 0 && (
        <ul className="images">
          {images.map((url, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same image may be there twice
            <li key={i}>
              <img src={url} alt={t('chat.image', { n: i + 1 })} />
              <IconButton
                icon="close"
                label={t('chat.removeImage')}
                onClick={() => setImages(images.toSpliced(i, 1))}
              />
            </li>
          ))}
        </ul>
      )}
      <GrowingText
        ref={box}
        value={text}
        placeholder={t('chat.placeholder')}
        aria-label={t('chat.write')}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={paste}
      />
      <div className="bar">
        <IconButton
          icon="image"
          label={t(noImages ?? 'chat.attach')}
          aria-disabled={noImages !== undefined}
          onClick={() => (noImages === undefined ? picker.current?.click() : setProblem(t(noImages)))}
        />
        <input
          ref={picker}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => {
            void add([...(event.target.files ?? [])])
            event.target.value = ''
          }}
        />
        <Modes />
        <ContextGauge />
        {running.length > 0 ? (
          <IconButton className="go" icon="stop" label={t('chat.stop')} onClick={() => running.forEach(stop)} />
        ) : (
          <IconButton
            className="go"
            icon="send"
            label={t('chat.send')}
            type="submit"
            disabled={text.trim() === '' && images.length === 0}
          />
        )}
      </div>
    </form>
  )
}

/** The reason for which no image can be added; undefined when one can. */
function whyNoImages({ status, props }: ServerState): WordKey | undefined {
  if (props?.modalities?.vision === true) return undefined
  return status === 'ok' ? 'chat.noImages' : 'chat.notReady'
}

/** What shapes the answer besides the words, so that nobody wonders. */
function Modes() {
  const { output, usesOwnTemplate } = useSettings()
  const words = [
    ...(output.kind === 'json' ? ['chat.jsonMode' as const] : []),
    ...(output.kind === 'grammar' ? ['chat.grammarMode' as const] : []),
    ...(usesOwnTemplate ? ['chat.ownMode' as const] : []),
  ]
  return words.map((word) => (
    <button key={word} type="button" className="mode" onClick={() => changePanels({ isSettingsOpen: true })}>
      {t(word)}
    </button>
  ))
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
