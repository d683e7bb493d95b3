// GET /metrics: what is counted, for Prometheus. Never waits for the engine.
import { RequestError } from '../../../base/errors.ts'
import type { Answer } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'

export async function metrics({ metrics: counted, startedAt }: Services): Promise<Answer> {
  if (counted === undefined) {
    throw new RequestError('not_supported', 'This server counts no metrics: it was started without --metrics')
  }
  return {
    text: await counted.text(),
    type: counted.registry.contentType,
    headers: { 'Process-Start-Time-Unix': String(startedAt) },
  }
}
