// A first short answer, which keeps one-time work of a server out of all figures.
import { Generation } from './generation.ts'

export async function warmUp(base: string): Promise<void> {
  await Generation.ofPrompt(base, 'Once upon a time', 8).done
}
