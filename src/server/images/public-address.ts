// Whether an address belongs to the open internet, and not to this machine or the network around it.
import ipaddr from 'ipaddr.js'

/**
 * @param address IPv4 or IPv6, without brackets.
 * @returns false for loopback, private, link-local, multicast, reserved and translated addresses, and for what is none.
 */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '')
  if (!ipaddr.isValid(bare)) return false
  return ipaddr.process(bare).range() === 'unicast' // IPv4 in IPv6 clothes is judged as IPv4
}
