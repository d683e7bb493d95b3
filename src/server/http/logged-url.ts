// A request's URL as it may be logged: some clients put their key into the query.

const secretName = /key|token|secret|password|auth|signature/i

/** The URL with the values of such parameters left out, as in `/props?api_key=…&model=m`. */
export function loggedUrl(url: string): string {
  const [path = '', ...rest] = url.split('?')
  if (rest.length === 0) return url
  const parameters = rest.join('?').split('&')
  return `${path}?${parameters.map(withoutSecret).join('&')}`
}

function withoutSecret(parameter: string): string {
  const end = parameter.indexOf('=')
  return end >= 0 && secretName.test(decoded(parameter.slice(0, end))) ? `${parameter.slice(0, end)}=…` : parameter
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
