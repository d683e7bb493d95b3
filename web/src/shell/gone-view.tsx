// What a link to a conversation shows that is not in this browser: deleted, or never here.
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'
import { linkTo } from './route.ts'
import { ViewHead } from './view-head.tsx'

export function GoneView() {
  return (
    <>
      <ViewHead title={t('gone.title')} />
      <div className="scroll">
        <section className="gone">
          <h2>{t('gone.title')}</h2>
          <p>{t('gone.note')}</p>
          <a className="button main" href={linkTo.newChat}>
            <Icon name="plus" />
            {t('list.newChat')}
          </a>
        </section>
      </div>
    </>
  )
}
