// Whether an address belongs to the public internet, and not to this machine or the network around
// it.
import ipaddr from 'ipaddr.js'

/**
 * @param address IPv4 or IPv6, without brackets.
 * @returns false for loopback, private, link-local, multicast, reserved and translated addresses,
 *   and for invalid ones.
 */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '')
  if (!ipaddr.isValid(bare)) return false
  return ipaddr.process(bare).range() === 'unicast' // IPv4 mapped into IPv6 is judged as IPv4
}
