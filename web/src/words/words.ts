// The words of the page in the language that is chosen. A change of language builds the page anew (see main.tsx).
import { type Language, settings } from '../settings/settings.ts'
import { de } from './de.ts'
import { en, type Words } from './en.ts'

export type WordKey = keyof Words

export const languages: Readonly<Record<Language, { readonly name: string; readonly words: Words }>> = {
  en: { name: 'English', words: en },
  de: { name: 'Deutsch', words: de },
}

/** @param values for the `{name}`s of the text. */
export function t(key: WordKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text: string = languages[settings().language].words[key]
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** A number as the language writes it. */
export function count(value: number, digits = 0): string {
  return value.toLocaleString(settings().language, { maximumFractionDigits: digits })
}

/** A share of 1 in percent, with the sign where the language puts it. */
export function percent(share: number, digits = 0): string {
  return share.toLocaleString(settings().language, { style: 'percent', maximumFractionDigits: digits })
}

/** The size of a file. */
export function bytes(n: number): string {
  const unit = n < 1000 ? (['byte', 1] as const) : n < 1e6 ? (['kilobyte', 1e3] as const) : (['megabyte', 1e6] as const)
  const [name, factor] = unit
  const maximumFractionDigits = n / factor < 10 && factor > 1 ? 1 : 0
  const style = {
    style: 'unit',
    unit: name,
    unitDisplay: factor === 1 ? 'long' : 'short',
    maximumFractionDigits,
  } as const
  return (n / factor).toLocaleString(settings().language, style)
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${count(ms)} ms` : `${count(ms / 1000, 1)} s`
}
