// The bodies of responses and of what counts their input, and the names in them that have no
// effect.
import { type Body, type BodyOf, bodyOf } from '../../../../options/field.ts'
import { inputTokensFields, responseFields } from './fields.ts'
import { isForeign } from './items.ts'
import { ignoredTools } from './tools.ts'

export const responseBody = namingIgnored(bodyOf(responseFields))
export type ResponseBody = BodyOf<typeof responseBody>

export const inputTokensBody = namingIgnored(bodyOf(inputTokensFields))
export type InputTokensBody = BodyOf<typeof inputTokensBody>

/**
 * Names inside of fields are ignored too: tools and items that only OpenAI's servers run, and the
 * like.
 */
function namingIgnored<B>(body: Body<B>): Body<B> {
  return {
    ...body,
    ignored(given, isStrict) {
      const { tools, input, text, include } = given as Readonly<Record<string, unknown>>
      const foreign = Array.isArray(input) ? input.map(({ type }) => type).filter(isForeign) : []
      return [
        ...body.ignored(given, isStrict),
        ...(Array.isArray(tools) ? ignoredTools(tools) : []),
        ...[...new Set(foreign)].map((type) => `input.${type}`),
        ...((text as { verbosity?: unknown } | undefined)?.verbosity ? ['text.verbosity'] : []),
        ...(Array.isArray(include)
          ? include.filter((name) => !servedIncludes.has(name)).map((name) => `include.${name}`)
          : []),
      ]
    },
  }
}

const servedIncludes: ReadonlySet<unknown> = new Set(['reasoning.encrypted_content', 'message.output_text.logprobs'])
