// What the server tells of itself: props, models, health, slots; and small questions to it.
import { getJson, getText, postJson } from './client.ts'
import { ApiError } from './errors.ts'
import { type Metrics, parseMetrics } from './metrics.ts'

export type Props = {
  readonly model_alias?: string
  readonly model_path?: string
  readonly total_slots: number
  readonly chat_template: string
  readonly bos_token: string
  readonly build_info: string
  readonly modalities?: { readonly vision?: boolean }
  /** Whether POST infill works with the model; other servers do not tell. */
  readonly can_infill?: boolean
  readonly default_generation_settings: { readonly n_ctx: number; readonly params?: Readonly<Record<string, unknown>> }
  readonly engine?: { readonly description?: string; readonly backend?: string }
  readonly user_name?: string
  readonly assistant_name?: string
}

export type ModelInfo = {
  readonly id: string
  readonly meta?: Readonly<
    Partial<Record<'n_vocab' | 'n_ctx_train' | 'n_ctx' | 'n_embd' | 'n_params' | 'size', number>>
  > & {
    readonly description?: string
  }
}

export type Slot = {
  readonly id: number
  readonly n_ctx: number
  readonly is_processing: boolean
  readonly id_task?: number
  /** Tokens in its cache; not told by llama-server. */
  readonly n_past?: number
  readonly n_prompt_tokens?: number
  readonly n_prompt_tokens_cache?: number
  readonly n_prompt_tokens_processed?: number
  readonly n_decoded?: number
  readonly next_token?: readonly { readonly n_decoded?: number }[] | { readonly n_decoded?: number }
}

export type Health =
  | { readonly kind: 'ok' }
  | { readonly kind: 'loading'; readonly progress: number | undefined }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'gone' }

export const readProps = () => getJson<Props>('props')
/** Whether the server takes the key that is stored; true as well when it does not answer now. */
export async function isKeyRight(): Promise<boolean> {
  try {
    await readProps()
    return true
  } catch (error) {
    return !(error instanceof ApiError && error.kind === 'key')
  }
}
export const readModels = async () => (await getJson<{ data: readonly ModelInfo[] }>('v1/models')).data

/** @returns undefined where the server does not serve them. */
export const readSlots = () => orUndefined(getJson<readonly Slot[]>('slots'))
export const readMetrics = async (): Promise<Metrics | undefined> => {
  const text = await orUndefined(getText('metrics'))
  return text === undefined ? undefined : parseMetrics(text)
}

export async function readHealth(): Promise<Health> {
  try {
    const response = await fetch('health', { cache: 'no-store' })
    const json = await response.json()
    if (response.ok) return { kind: 'ok' }
    if (response.status === 503) return { kind: 'loading', progress: json.progress }
    return { kind: 'error', message: json.error?.message ?? `HTTP ${response.status}` }
  } catch {
    return { kind: 'gone' }
  }
}

/** The prompt that the model's own template makes of messages. */
export async function applyTemplate(
  body: { readonly messages: readonly object[] },
  signal: AbortSignal,
): Promise<string> {
  return (await postJson<{ prompt: string }>('apply-template', body, signal)).prompt
}

export async function countTokens(content: string, signal?: AbortSignal): Promise<number> {
  return (await postJson<{ tokens: readonly number[] }>('tokenize', { content }, signal)).tokens.length
}

/** Asks the server's own parser; a prompt of no tokens costs the engine nothing. @returns what is wrong with the grammar; undefined when it is good. */
export async function grammarProblem(grammar: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await postJson('completion', { prompt: [], n_predict: 0, grammar }, signal)
    return undefined
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'refused') return error.message
    throw error
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'refused') return undefined
    throw error
  }
}
