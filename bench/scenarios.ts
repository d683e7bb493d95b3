// All scenarios, in the order in which they run.
import type { Scenario } from './scenario.ts'
import { concurrent8 } from './scenarios/concurrent8.ts'
import { fairness } from './scenarios/fairness.ts'
import { frontend } from './scenarios/frontend.ts'
import { picture } from './scenarios/picture.ts'
import { prefill } from './scenarios/prefill.ts'
import { single } from './scenarios/single.ts'
import { slotFiles } from './scenarios/slot-files.ts'
import { startup } from './scenarios/startup.ts'
import { turns } from './scenarios/turns.ts'

export const scenarios: readonly Scenario[] = [
  startup,
  single,
  prefill,
  concurrent8,
  fairness,
  turns,
  frontend,
  picture,
  slotFiles,
]
