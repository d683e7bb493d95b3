// Flags of what can be seen of a running server.
import type { Flag } from './flag.ts'

export const observationFlags = {
  slots: {
    flags: ['--slots'],
    offFlags: ['--no-slots'],
    env: 'LLAMA_ARG_ENDPOINT_SLOTS',
    type: 'boolean',
    default: true,
    help: 'Serve GET /slots: what each slot is doing.',
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
} as const satisfies Record<string, Flag>
