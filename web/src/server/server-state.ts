// What the page knows of its server: whether it is there, and what it serves. Asked at the start and when something failed.
import { create } from 'zustand'
import { toApiError } from '../api/errors.ts'
import { type Health, type ModelInfo, type Props, readHealth, readModels, readProps } from '../api/server.ts'
import type { Thinking } from '../settings/settings.ts'

export type ServerState = {
  /** `unknown` until the first answer; `key`: it wants an API key. */
  readonly status: 'unknown' | 'key' | Health['kind']
  readonly loadProgress: number | undefined
  readonly message: string | undefined
  readonly props: Props | undefined
  readonly model: ModelInfo | undefined
}

export const useServer = create<ServerState>(() => ({
  status: 'unknown',
  loadProgress: undefined,
  message: undefined,
  props: undefined,
  model: undefined,
}))
export const serverState = useServer.getState

const againMs = 1000
let timer: number | undefined
let asking: Promise<void> | undefined

/** Asks once; while the server is not ready, again and again until it is. Calls at the same time are one. */
export function refreshServer(): Promise<void> {
  asking ??= ask().finally(() => {
    asking = undefined
  })
  return asking
}

async function ask(): Promise<void> {
  clearTimeout(timer)
  const health = await readHealth()
  if (health.kind !== 'ok') {
    const loadProgress = health.kind === 'loading' ? health.progress : undefined
    const message = health.kind === 'error' ? health.message : undefined
    useServer.setState({ status: health.kind, loadProgress, message })
    timer = window.setTimeout(() => void refreshServer(), againMs)
    return
  }
  try {
    const [props, models] = await Promise.all([readProps(), readModels()])
    useServer.setState({ status: 'ok', loadProgress: undefined, message: undefined, props, model: models[0] })
  } catch (error) {
    const { kind, message } = toApiError(error)
    if (kind === 'key') useServer.setState({ status: 'key', message })
    else timer = window.setTimeout(() => void refreshServer(), againMs)
  }
}

/** The model's name without folders and ending. */
export function modelName({ model, props }: ServerState): string {
  const path = model?.id ?? props?.model_alias ?? props?.model_path ?? ''
  return path.replace(/^.*[\\/]/, '').replace(/\.gguf$/i, '')
}

/** The default of a field: the server's where it tells one. */
export function serverDefault(name: string, { props }: ServerState): unknown {
  return props?.default_generation_settings.params?.[name]
}

/** How the model can be made to think: what its chat template has a variable for. Empty where it has none. */
export function thinkingChoices(template = ''): readonly Thinking[] {
  if (template.includes('reasoning_effort')) return ['auto', 'low', 'medium', 'high']
  return template.includes('enable_thinking') ? ['auto', 'on', 'off'] : []
}
