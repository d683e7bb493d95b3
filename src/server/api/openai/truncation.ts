// `truncation`: what becomes of a prompt that is longer than the context. OpenAI's word, of its responses.
import type { Schema } from '../../../options/field.ts'
import type { Options } from '../../../options/table.ts'
import { type Overflow, overflowOf } from '../../generate/request-maker.ts'

type Truncation = 'auto' | 'disabled'

export const truncationField = {
  names: ['truncation'],
  schema: { enum: ['auto', 'disabled', null] } as Schema<Truncation>,
  default: 'disabled' as Truncation,
  help: '`auto`: a prompt that is too long is cut as /completion cuts it; `disabled`: it is refused.',
} as const

/** Self-extend cuts nothing, nor can a prompt with pictures be cut: those are refused all the same. */
export function overflowWith(truncation: Truncation, options: Options): Overflow {
  const overflow = overflowOf('openai', options)
  return truncation === 'auto' && options.grpAttnN === 1 ? { ...overflow, whenPromptTooLong: 'truncate' } : overflow
}
