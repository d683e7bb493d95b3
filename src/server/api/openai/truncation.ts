// `truncation`: the treatment of a prompt that is longer than the context. OpenAI's field, from its
// responses.
import { oneOf, type ValueOf } from '../../../options/schema.ts'
import type { Options } from '../../../options/table.ts'
import { type Overflow, overflowOf } from '../../generate/overflow.ts'

export const truncationField = {
  names: ['truncation'],
  schema: oneOf('auto', 'disabled'),
  default: 'disabled',
  help: '`auto`: a prompt that is too long is cut as /completion cuts it; `disabled`: it is refused.',
} as const

/** Self-extend cuts nothing, and a prompt with images cannot be cut: those are refused anyway. */
export function overflowWith(truncation: ValueOf<typeof truncationField.schema>, options: Options): Overflow {
  const overflow = overflowOf('refuse', options)
  return truncation === 'auto' && options.grpAttnN === 1 ? { ...overflow, whenPromptTooLong: 'truncate' } : overflow
}
