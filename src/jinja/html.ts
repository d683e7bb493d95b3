// Escapes for HTML and URLs, which Jinja2 has filters for.

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char]!)
}

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\xa0' }

/**
 * Text without comments and tags, with runs of blanks collapsed. Knows the entities of XML and
 * `&nbsp;`.
 */
export function stripTags(html: string): string {
  let text = ''
  let pos = 0
  for (;;) {
    const start = html.indexOf('<', pos)
    const [close, length] = html.startsWith('<!--', start) ? ['-->', 3] : ['>', 1]
    const end = start < 0 ? -1 : html.indexOf(close, start + (length === 3 ? 4 : 0))
    if (end < 0) break
    text += html.slice(pos, start)
    pos = end + length
  }
  const bare = (text + html.slice(pos))
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ')
  return bare.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi,
    (all, decimal?: string, hex?: string, name?: string) => {
      const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined
      if (code !== undefined) return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all
      return names[name!] ?? all
    },
  )
}

/** Percent-encoded UTF-8. @param isQuery a blank becomes `+`, and `/` is encoded too. */
export function urlQuote(text: string, isQuery: boolean): string {
  const quoted = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return isQuery ? quoted.replaceAll('%20', '+') : quoted.replaceAll('%2F', '/')
}
