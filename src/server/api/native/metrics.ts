// GET /metrics, for Prometheus. Never waits for the engine.
import { RequestError } from '../../../base/errors.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../services.ts'

export async function metrics(_request: HttpRequest, { metrics: counted, startedAt }: Services): Promise<Answer> {
  if (counted === undefined) {
    throw new RequestError('not_enabled', 'Metrics are disabled: the server was started without --metrics')
  }
  return {
    kind: 'text',
    body: await counted.text(),
    type: counted.registry.contentType,
    headers: { 'Process-Start-Time-Unix': String(startedAt) },
  }
}
