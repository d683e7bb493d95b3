// One message, finished or as it grows, with all that can be done with it.
import { memo, useEffect, useRef, useState } from 'react'
import { continueAnswer, isAbandoned, isRunningHere, type Live, useLive } from '../conversation/answering.ts'
import { deleteMessage, showVersion } from '../conversation/library.ts'
import { regenerate } from '../conversation/sending.ts'
import { splitThoughts } from '../conversation/thoughts.ts'
import type { Message } from '../conversation/types.ts'
import { CodeBlock } from '../markdown/code-block.tsx'
import { Markdown } from '../markdown/markdown.tsx'
import { changeSettings, useSettings } from '../settings/settings.ts'
import { announce } from '../shell/panels.ts'
import { IconButton } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { AskDialog } from '../ui/dialog.tsx'
import { t } from '../words/words.ts'
import { EditBox } from './edit-box.tsx'
import { Failure } from './failure.tsx'
import { MessageNumbers } from './message-numbers.tsx'
import { PhaseLine } from './phase-line.tsx'
import { Probabilities } from './probabilities.tsx'

type Props = { message: Message; versions: readonly Message[]; isLast: boolean }

export const MessageItem = memo(function MessageItem({ message, versions, isLast }: Props) {
  const live = useLive((all) => all[message.id])
  const [doing, setDoing] = useState<'edit' | 'delete'>()
  const showsProbs = useSettings((settings) => settings.showsProbs)
  const isUser = message.role === 'user'
  useAnnouncedEnd(message, live)
  if (doing === 'edit') return <EditBox message={message} onClose={() => setDoing(undefined)} />
  const probs = live?.probs ?? message.probs ?? []
  return (
    <li className={`message ${message.role}`} data-state={live === undefined ? message.state : 'live'}>
      <h2 className="heard">{t(isUser ? 'chat.you' : 'chat.model')}</h2>
      <div className="bubble">
        {message.images?.map((url, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same image may be there twice
          <img key={i} src={url} alt={t('chat.image', { n: i + 1 })} />
        ))}
        {isUser ? (
          <p className="said">{message.content}</p>
        ) : (
          <Answer message={message} live={live} showsProbs={showsProbs} />
        )}
      </div>
      {live === undefined && !isUser && <Ending message={message} />}
      <div className="tools">
        <Versions message={message} versions={versions} />
        {live === undefined && (
          <>
            <CopyButton
              text={isUser ? message.content : splitThoughts(message.content).answer}
              label={t('chat.copy')}
            />
            <IconButton icon="edit" label={t('chat.edit')} onClick={() => setDoing('edit')} />
            {!isUser && <IconButton icon="again" label={t('chat.regenerate')} onClick={() => regenerate(message)} />}
            {!isUser && isLast && message.content !== '' && message.isJson !== true && (
              <IconButton icon="forward" label={t('chat.continue')} onClick={() => void continueAnswer(message)} />
            )}
            {probs.length > 0 && (
              <IconButton
                icon="bars"
                label={t(showsProbs ? 'chat.hideProbs' : 'chat.probs')}
                aria-pressed={showsProbs}
                onClick={() => changeSettings({ showsProbs: !showsProbs })}
              />
            )}
            <IconButton icon="trash" label={t('chat.delete')} onClick={() => setDoing('delete')} />
            {!isUser && <MessageNumbers message={message} />}
          </>
        )}
      </div>
      {doing === 'delete' && (
        <AskDialog
          text={t('chat.deleteAsk')}
          action={t('app.delete')}
          onYes={() => void deleteMessage(message)}
          onClose={() => setDoing(undefined)}
        />
      )}
    </li>
  )
})

function Answer({ message, live, showsProbs }: { message: Message; live: Live | undefined; showsProbs: boolean }) {
  const isGrowing = live !== undefined
  const { thoughts, answer, isThinking } = splitThoughts(live?.content ?? message.content)
  const reasoning = live?.reasoning ?? message.reasoning ?? ''
  const allThoughts = reasoning + thoughts
  const thinksNow = isGrowing && (isThinking || (reasoning !== '' && answer === ''))
  const probs = live?.probs ?? message.probs ?? []
  if (showsProbs && probs.length > 0) {
    return (
      <>
        <Probabilities message={message} probs={probs} />
        {live !== undefined && <PhaseLine live={live} />}
      </>
    )
  }
  return (
    <>
      {(allThoughts !== '' || thinksNow) && (
        <details className="thoughts">
          <summary>{t(thinksNow ? 'chat.thinking' : 'chat.thoughts')}</summary>
          <Markdown text={allThoughts} isGrowing={thinksNow} />
        </details>
      )}
      {message.isJson === true ? (
        <CodeBlock code={isGrowing ? answer : pretty(answer)} language="json" isGrowing={isGrowing} />
      ) : (
        <Markdown text={answer} isGrowing={isGrowing} />
      )}
      {live !== undefined && <PhaseLine live={live} />}
    </>
  )
}

/** How an answer ended, where it is not just done. */
function Ending({ message }: { message: Message }) {
  const { state, ending, error } = message
  const isCut = useIsAbandoned(message)
  if (state === 'failed' && error !== undefined) return <Failure message={message} error={error} />
  if (state === 'cut') return <p className="ending">{t('chat.cut')}</p>
  if (state === 'streaming') return <p className="ending">{t(isCut ? 'chat.cut' : 'chat.elsewhere')}</p>
  if (state === 'stopped') return <p className="ending">{t('chat.stopped')}</p>
  if (message.content === '' && message.reasoning === undefined) return <p className="ending">{t('chat.empty')}</p>
  if (ending === 'length') return <p className="ending">{t('chat.full')}</p>
  return null
}

/** Looks again after a while: another tab may still be at it, or gone. */
function useIsAbandoned(message: Message): boolean {
  const [, look] = useState(0)
  const isOpen = message.state === 'streaming' && !isRunningHere(message.id)
  useEffect(() => {
    if (!isOpen) return
    const timer = setInterval(() => look((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [isOpen])
  return isAbandoned(message)
}

function Versions({ message, versions }: { message: Message; versions: readonly Message[] }) {
  if (versions.length < 2) return null
  const at = versions.findIndex(({ id }) => id === message.id)
  const show = (i: number) => void showVersion(versions[i]!)
  return (
    <span className="versions">
      <IconButton icon="left" label={t('chat.previous')} disabled={at === 0} onClick={() => show(at - 1)} />
      <span role="img" aria-label={t('chat.version', { n: at + 1, count: versions.length })}>
        {at + 1}/{versions.length}
      </span>
      <IconButton
        icon="right"
        label={t('chat.next')}
        disabled={at === versions.length - 1}
        onClick={() => show(at + 1)}
      />
    </span>
  )
}

/** Those who hear the page are told an answer once it is whole. */
function useAnnouncedEnd(message: Message, live: Live | undefined): void {
  const wasLive = useRef(false)
  useEffect(() => {
    if (wasLive.current && live === undefined) {
      const { answer } = splitThoughts(message.content)
      announce(`${t('chat.model')}: ${message.error?.message ?? answer.slice(0, 600)}`)
    }
    wasLive.current = live !== undefined
  }, [live, message])
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
