// The tokens of an answer; choosing another in the place of one makes a new version that goes on from there.
import type { TokenProb } from '../api/generation.ts'
import { answerWith, stop } from '../conversation/answering.ts'
import type { Message } from '../conversation/types.ts'
import { TokenList } from './token-list.tsx'

/** @param probs of the message, or newer ones while it is being written. */
export function Probabilities({ message, probs }: { message: Message; probs: readonly TokenProb[] }) {
  return (
    <TokenList
      probs={probs}
      onChoose={(at, alternative) => {
        stop(message.id)
        void answerWith({ ...message, probs }, at, { ...alternative, alternatives: probs[at]!.alternatives })
      }}
    />
  )
}
