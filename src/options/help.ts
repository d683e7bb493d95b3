// The option table as text: for --help and for docs/options.md.
import { type Flag, groups } from './flag.ts'
import { table } from './table.ts'

const rows: readonly Flag[] = Object.values(table)

export function helpText(): string {
  const lines = [
    'cria: a server for GGUF language models, with the flags and the API of llama-server',
    '',
    'usage: cria [flags]              serve the default model at http://127.0.0.1:8080; also: cria serve',
    '       cria -m model.gguf        serve a model of yours',
    '       cria run [flags] [prompt] answer a prompt, or chat, in the terminal',
    '       cria build-mtmd           build libmtmd, which images need, and print its path',
    '       cria help [command]       print this text, or that of a command',
  ]
  for (const group of groups) {
    const served = rows.filter((row) => row.group === group && row.support === undefined)
    if (served.length === 0) continue
    lines.push('', `${group}:`)
    for (const row of served) lines.push(...entry(row))
  }
  const ignored = rows.filter((row) => row.support === 'no effect').flatMap((row) => row.flags)
  lines.push('', ...wrap(`accepted, no effect: ${ignored.join(', ')}`, 84))
  return `${lines.join('\n')}\n`
}

function entry(row: Flag): string[] {
  const names = `  ${namesOf(row)}`
  const text = wrap(`${row.help}${facts(row)}`, 78).map((line) => `      ${line}`)
  return [names, ...text]
}

function namesOf(row: Flag): string {
  const names = [...row.flags, ...(row.offFlags ?? [])].join(', ')
  return row.arg === undefined ? names : `${names} ${row.arg}`
}

function facts(row: Flag): string {
  const parts = [`default: ${defaultOf(row)}`]
  if (row.env !== undefined) parts.push(`env: ${row.env}`)
  return ` (${parts.join('; ')})`
}

function defaultOf(row: Flag): string {
  if (row.defaultText !== undefined) return row.defaultText
  if (row.type === 'boolean') return row.default === true ? 'on' : 'off'
  return row.default === undefined ? 'none' : String(row.default)
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

/** The whole of docs/options.md. */
export function optionsMarkdown(): string {
  const lines = [
    '# Options',
    '',
    'Generated from `src/options/table.ts` by `npm run docs`. A flag wins over its environment variable, that over the default.',
  ]
  for (const group of groups) {
    const all = rows.filter((row) => row.group === group)
    lines.push('', `## ${group}`, '', '| flag | default | environment | |', '|---|---|---|---|')
    for (const row of all) {
      const support = row.support === undefined ? '' : ' **Accepted, no effect.**'
      const env = row.env === undefined ? '' : `\`${row.env}\``
      const fallback = row.support === undefined ? defaultOf(row) : ''
      lines.push(`| \`${namesOf(row)}\` | ${fallback} | ${env} | ${row.help}${support} |`)
    }
  }
  return `${lines.join('\n')}\n`
}
