// Runs the scenarios: every round starts each server afresh, one after the other, with the same
// flags.
import type { Contestant } from './contestant.ts'
import type { Figure } from './figure.ts'
import type { Scenario } from './scenario.ts'
import { Server } from './server.ts'

/** The results of one server in one round. */
export type Round = {
  readonly scenario: string
  readonly contestant: Contestant['name']
  readonly number: number
} & ({ readonly figures: readonly Figure[] } | { readonly failure: string })

export type Plan = {
  readonly scenarios: readonly Scenario[]
  readonly contestants: readonly Contestant[]
  readonly nRounds: number
  readonly model: string
  readonly threads: number
  readonly scale: number
}

/**
 * @param progress called with a line before each round, and with the reason of a failed one.
 * @throws the signal's reason: the user ended the program.
 */
export async function runRounds(plan: Plan, progress: (line: string) => void, signal: AbortSignal): Promise<Round[]> {
  const rounds: Round[] = []
  for (const scenario of plan.scenarios) {
    for (let number = 1; number <= plan.nRounds; number++) {
      // the order alternates: a machine that warms up or slows down favours neither
      const order = number % 2 === 1 ? plan.contestants : plan.contestants.toReversed()
      for (const contestant of order) {
        progress(`${scenario.name}, round ${number} of ${plan.nRounds}: ${contestant.name}`)
        const round = { scenario: scenario.name, contestant: contestant.name, number }
        const result = await runOne(scenario, contestant, plan)
        signal.throwIfAborted()
        if ('failure' in result) progress(`  failed: ${result.failure}`)
        rounds.push({ ...round, ...result })
      }
    }
  }
  return rounds
}

async function runOne(
  scenario: Scenario,
  contestant: Contestant,
  { model, threads, scale }: Plan,
): Promise<{ readonly figures: readonly Figure[] } | { readonly failure: string }> {
  let server: Server | undefined
  try {
    server = await Server.start(contestant, ['-m', model, '-t', String(threads), ...scenario.flags])
    return { figures: await scenario.run(server, (length) => Math.max(1, Math.round(length * scale))) }
  } catch (error) {
    const log = server === undefined ? '' : `; its log ends: ${server.logEnd()}`
    return { failure: `${error instanceof Error ? error.message : error}${log}` }
  } finally {
    await server?.stop()
  }
}
