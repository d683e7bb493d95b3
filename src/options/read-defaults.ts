// Reads the values of default-flags.ts. Each reader throws a StartError that names the flag and the
// given value.
import { readFileSync } from 'node:fs'
import { messageOf, StartError, show } from '../base/errors.ts'
import { type LogitBias, type SamplerName, samplerNames } from './generation-fields.ts'

/**
 * llama-server's letters; `f` used to be its letter of tail free sampling. Source:
 * common_sampler_type_to_chr.
 */
const samplerLetters: Readonly<Record<string, SamplerName>> = {
  e: 'penalties',
  d: 'dry',
  s: 'top_n_sigma',
  k: 'top_k',
  f: 'tfs_z',
  y: 'typical_p',
  p: 'top_p',
  m: 'min_p',
  x: 'xtc',
  t: 'temperature',
}

/** Other spellings of names. Source: common_sampler_types_from_names. */
const samplerAliases: Readonly<Record<string, SamplerName>> = {
  'top-k': 'top_k',
  'top-p': 'top_p',
  'top-n-sigma': 'top_n_sigma',
  nucleus: 'top_p',
  'typical-p': 'typical_p',
  typical: 'typical_p',
  typ: 'typical_p',
  typ_p: 'typical_p',
  'typ-p': 'typical_p',
  'min-p': 'min_p',
  temp: 'temperature',
}

/** Names separated by `;`, or letters for the flag --sampler-seq. */
export function readSamplers(name: string, texts: readonly string[]): readonly SamplerName[] {
  const text = texts.at(-1)!
  const isLetters = /^--sampl(er|ing)-seq$/.test(name)
  const parts = isLetters ? [...text] : text.split(';').filter((part) => part.trim() !== '')
  const found = parts.map((part) => {
    const word = part.trim()
    const sampler = isLetters ? samplerLetters[word] : samplerOf(word)
    if (sampler !== undefined) return sampler
    const known = isLetters ? Object.keys(samplerLetters) : samplerNames
    throw new StartError(`${name}: ${show(word)} is not one of ${known.join(', ')}`)
  })
  return [...new Set(found)]
}

function samplerOf(word: string): SamplerName | undefined {
  return samplerNames.find((each) => each === word) ?? samplerAliases[word]
}

/** `TOKEN+BIAS` or `TOKEN-BIAS`; a bias of -inf bans the token. */
export function readBiases(name: string, texts: readonly string[]): LogitBias {
  return texts.map((text) => {
    const [, token, sign, amount] = /^(\d+)([+-])(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|inf(?:inity)?)$/i.exec(text) ?? []
    if (token === undefined) throw new StartError(`${name}: ${show(text)} is not TOKEN+BIAS or TOKEN-BIAS`)
    if (/^inf/i.test(amount!)) {
      if (sign === '-') return [Number(token), false] as const
      throw new StartError(`${name}: ${show(text)}: only -inf is a bias without end`)
    }
    return [Number(token), Number(`${sign}${amount}`)] as const
  })
}

export function readBreakers(_name: string, texts: readonly string[]): readonly string[] {
  return texts.at(-1) === 'none' ? [] : texts.filter((text) => text !== 'none').map(unescaped)
}

export function readStops(_name: string, texts: readonly string[]): readonly string[] {
  return texts.map(unescaped)
}

/** Shells pass \n and \t on as typed. */
function unescaped(text: string): string {
  return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
}

export function readGrammar(name: string, texts: readonly string[]): string {
  return textOrFile(name, texts)
}

/** @returns a schema in the form of the field json_schema. */
export function readJsonSchema(name: string, texts: readonly string[]): Readonly<Record<string, unknown>> | boolean {
  const value = readJson(name, textOrFile(name, texts))
  if (typeof value === 'boolean' || isObject(value)) return value
  throw new StartError(`${name}: ${show(value)} is not a JSON schema: an object, true or false`)
}

export function readJsonObject(name: string, texts: readonly string[]): Readonly<Record<string, unknown>> {
  const value = readJson(name, texts.at(-1)!)
  if (isObject(value)) return value
  throw new StartError(`${name}: ${show(value)} is not a JSON object, as in {"enable_thinking": false}`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StartError(`${name}: this is not JSON: ${messageOf(error)}`)
  }
}

/** A flag that ends with `file`, or -jf, gives the path of the text. */
function textOrFile(name: string, texts: readonly string[]): string {
  const text = texts.at(-1)!
  if (!name.endsWith('file') && name !== '-jf') return text
  try {
    return readFileSync(text, 'utf8')
  } catch (error) {
    throw new StartError(`${name}: ${text} cannot be read: ${messageOf(error)}`)
  }
}
