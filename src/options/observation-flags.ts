// Flags for the observation of a running server, and for its reports about requests.
import type { Flag } from './flag.ts'

export const observationFlags = {
  slots: {
    flags: ['--slots'],
    offFlags: ['--no-slots'],
    env: 'LLAMA_ARG_ENDPOINT_SLOTS',
    type: 'boolean',
    default: true,
    help: 'Serve GET /slots: the state of each slot.',
    group: 'server',
  },
  metrics: {
    flags: ['--metrics'],
    env: 'LLAMA_ARG_ENDPOINT_METRICS',
    type: 'boolean',
    default: false,
    help: 'Serve GET /metrics, for Prometheus and for the charts of the built-in page.',
    group: 'server',
  },
  strictFields: {
    flags: ['--strict-fields'],
    env: 'CRIA_STRICT_FIELDS',
    type: 'boolean',
    default: false,
    help: 'Refuse requests with unknown fields. Without this flag such a field is ignored, and named in the header X-Cria-Ignored and once in the log.',
    group: 'server',
  },
} as const satisfies Record<string, Flag>
