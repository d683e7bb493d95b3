// JSON files that people read, too.

/** Two spaces a level; a list of numbers or strings, and a short flat object, on one line. */
export function toReadableJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isFlat = Object.values(value).every((item) => typeof item !== 'object' || item === null)
  const line = JSON.stringify(value)
  if (isFlat && (Array.isArray(value) || line.length <= 100)) return line
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + toReadableJson(item, inner)).join(',\n')}\n${indent}]`
  }
  const rows = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)}: ${toReadableJson(item, inner)}`,
  )
  return `{\n${rows.join(',\n')}\n${indent}}`
}
