// A new text, shown at once.
import { newText } from '../conversation/library.ts'
import { t } from '../words/words.ts'
import { go, linkTo } from './route.ts'

export async function beginText(): Promise<void> {
  go(linkTo.conversation((await newText(t('list.untitled'))).id))
}
