// The tokens of an answer; choosing another in the place of one makes a new version that goes on from there.
import type { TokenProb } from '../api/generation.ts'
import { answerWith } from '../conversation/answering.ts'
import type { Message } from '../conversation/types.ts'
import { TokenList } from './token-list.tsx'

export function Probabilities({ message, probs }: { message: Message; probs: readonly TokenProb[] }) {
  return (
    <TokenList
      probs={probs}
      onChoose={(at, alternative) => {
        void answerWith(message, at, { ...alternative, alternatives: probs[at]!.alternatives })
      }}
    />
  )
}
