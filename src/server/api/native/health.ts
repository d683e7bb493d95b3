// GET /health: never waits for the engine.
import type { Answer } from '../../http/handler.ts'
import type { Services } from '../services.ts'

export function health({ state }: Services): Answer {
  switch (state.kind) {
    case 'ready':
      return { json: { status: 'ok' } }
    case 'failed':
      return {
        status: 500,
        json: {
          status: 'error',
          error: { code: 500, message: `Model failed to load: ${state.message}`, type: 'server_error' },
        },
      }
    default:
      return {
        status: 503,
        json: {
          status: 'loading model',
          ...(state.kind === 'loading' ? { progress: state.progress } : {}),
          error: { code: 503, message: 'Loading model', type: 'unavailable_error' },
        },
      }
  }
}
