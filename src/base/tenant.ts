// The owner of a request, found by the signal that it hands on: what is computed for one API key is
// not shared with another.

const bySignal = new WeakMap<AbortSignal, string>()

/** @param tenant a name of the owner of the key; not the key itself. */
export function setTenant(signal: AbortSignal, tenant: string): void {
  bySignal.set(signal, tenant)
}

/** @returns '' for a request without a key. */
export function tenantOf(signal: AbortSignal): string {
  return bySignal.get(signal) ?? ''
}

/** A signal that aborts as well when `other` does, of the same tenant. */
export function withAbort(signal: AbortSignal, other: AbortSignal): AbortSignal {
  const both = AbortSignal.any([signal, other])
  setTenant(both, tenantOf(signal))
  return both
}
