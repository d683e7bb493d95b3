// All conversations at once: into a file, out of a file, away.
import { useState } from 'react'
import { messagesOf } from '../conversation/database.ts'
import { type Bundle, fromJson, toJson } from '../conversation/export.ts'
import { deleteConversations, importBundles, useLibrary } from '../conversation/library.ts'
import { fromMarkdown } from '../conversation/markdown-file.ts'
import { download } from '../shell/download.ts'
import { go, linkTo } from '../shell/route.ts'
import { Button } from '../ui/button.tsx'
import { AskDialog } from '../ui/dialog.tsx'
import { t } from '../words/words.ts'

export function DataSection() {
  const conversations = useLibrary((library) => library.conversations) ?? []
  const [said, setSaid] = useState<{ text: string; isProblem: boolean }>()
  const [isAsking, setAsking] = useState(false)
  const exportAll = async () => {
    const bundles = await Promise.all(
      conversations.map(async (conversation) => ({ conversation, messages: await messagesOf(conversation.id) })),
    )
    download('cria-conversations.json', 'application/json', toJson(bundles))
  }
  const read = async (files: readonly File[]) => {
    try {
      const bundles = (await Promise.all(files.map(readFile))).flat()
      const total = bundles.length
      await importBundles(bundles, (n) => setSaid({ text: t('settings.importing', { n, total }), isProblem: false }))
      setSaid({ text: t('settings.imported', { n: total }), isProblem: false })
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : String(error), isProblem: true })
    }
  }
  return (
    <section>
      <h3>{t('settings.data')}</h3>
      <div className="actions">
        <Button icon="down" disabled={conversations.length === 0} onClick={() => void exportAll()}>
          {t('settings.exportAll')}
        </Button>
        <label className="button quiet">
          {t('settings.import')}
          <input
            className="heard"
            type="file"
            multiple
            accept="application/json,.json,text/markdown,.md,.markdown"
            onChange={(event) => {
              void read([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </label>
        <Button icon="trash" disabled={conversations.length === 0} onClick={() => setAsking(true)}>
          {t('settings.deleteAll')}
        </Button>
      </div>
      <p className="note">{t('settings.importNote')}</p>
      {said !== undefined && (
        <p className={said.isProblem ? 'problem' : 'note'} role="status">
          {said.text}
        </p>
      )}
      {isAsking && (
        <AskDialog
          text={t('settings.deleteAllAsk', { n: conversations.length })}
          action={t('settings.deleteAll')}
          onClose={() => setAsking(false)}
          onYes={() => {
            go(linkTo.newChat)
            void deleteConversations(conversations.map(({ id }) => id))
          }}
        />
      )}
    </section>
  )
}

/** @throws Error that names the file and says what is wrong with it. */
async function readFile(file: File): Promise<readonly Bundle[]> {
  const text = await file.text()
  const markdown = /^(.*)\.(md|markdown)$/i.exec(file.name)
  if (markdown !== null) return [fromMarkdown(text, markdown[1]!)]
  try {
    return fromJson(text)
  } catch (error) {
    throw new Error(`${file.name}: ${error instanceof Error ? error.message : error}`)
  }
}
