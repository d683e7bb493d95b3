// All conversations at once: into a file, out of a file, away.
import { useState } from 'react'
import { messagesOf } from '../conversation/database.ts'
import { fromJson, toJson } from '../conversation/export.ts'
import { deleteConversations, importBundles, useLibrary } from '../conversation/library.ts'
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
  const read = async (file: File | undefined) => {
    if (file === undefined) return
    try {
      const bundles = fromJson(await file.text())
      await importBundles(bundles)
      setSaid({ text: t('settings.imported', { n: bundles.length }), isProblem: false })
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
            accept="application/json,.json"
            onChange={(event) => {
              void read(event.target.files?.[0])
              event.target.value = ''
            }}
          />
        </label>
        <Button icon="trash" disabled={conversations.length === 0} onClick={() => setAsking(true)}>
          {t('settings.deleteAll')}
        </Button>
      </div>
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
