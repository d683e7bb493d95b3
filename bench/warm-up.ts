// A first short answer, so that what a server does only once is in no figure.
import { Generation } from './generation.ts'

export async function warmUp(base: string): Promise<void> {
  await Generation.ofPrompt(base, 'Once upon a time', 8).done
}
