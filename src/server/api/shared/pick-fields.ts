// `response_fields`: the parts of an answer that a request asks for.

/**
 * The fields that `response_fields` selects, each under its path; paths that lead nowhere are left
 * out.
 */
export function pickFields(answer: Record<string, unknown>, paths: readonly string[]): Record<string, unknown> {
  if (paths.length === 0) return answer
  const found = paths.map((path) => {
    let value: unknown = answer
    for (const name of path.split('/')) {
      const isHolder = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      value = isHolder ? (value as Record<string, unknown>)[name] : undefined
    }
    return [path, value] as const
  })
  return Object.fromEntries(found.filter(([, value]) => value !== undefined))
}
