// The flags of llama-server v0.5.0 as it lists them itself, recorded by scripts/record-peer-flags.ts.
import { readFileSync } from 'node:fs'

export type PeerFlag = {
  /** Every spelling, those that switch it off too. */
  readonly flags: readonly string[]
  readonly takesValue: boolean
  readonly env?: string
}

export const peerFlagList: readonly PeerFlag[] = JSON.parse(
  readFileSync(new URL('./recorded/peer-flags.json', import.meta.url), 'utf8'),
)
