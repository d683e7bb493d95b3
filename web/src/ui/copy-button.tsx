// Copies a text, and says that it did.
import { useState } from 'react'
import { t } from '../words/words.ts'
import { IconButton } from './button.tsx'
import type { IconName } from './icon.tsx'

type Props = { icon?: IconName; text: string | (() => string); label: string }

export function CopyButton({ icon = 'copy', text, label }: Props) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(typeof text === 'string' ? text : text())
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return <IconButton icon={isCopied ? 'check' : icon} label={isCopied ? t('app.copied') : label} onClick={copy} />
}

/** The clipboard API is only there on https and localhost; elsewhere the old way. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
