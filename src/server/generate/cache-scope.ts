// Which requests share what is computed of their prompts.
import { createHash } from 'node:crypto'
import { tenantOf } from '../../base/tenant.ts'

/**
 * The scope of a request: that of its API key, and of its `cache_salt` within. It is hashed, since
 * it is saved with slots.
 * @returns '' for a request that has neither.
 */
export function cacheScope(salt: string, signal: AbortSignal): string {
  const tenant = tenantOf(signal)
  if (salt === '' && tenant === '') return ''
  return createHash('sha256')
    .update(JSON.stringify([tenant, salt]))
    .digest('base64url')
}
