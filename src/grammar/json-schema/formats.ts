// The values of `format`, as regular expressions: each text that matches is valid, but not each
// valid text matches.

const month31 = '(0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])'
const month30 = '(0[469]|11)-(0[1-9]|[12]\\d|30)'
const february = '02-(0[1-9]|1\\d|2[0-8])'
const leapYear = '(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)'
const date = `(\\d{4}-(${month31}|${month30}|${february})|${leapYear}-02-29)`
const partialTime = '([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?'
const offset = '(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)'
const time = `${partialTime}${offset}`
const amount = (unit: string) => `\\d{1,5}${unit}`
const clock = `T(${amount('H')}(${amount('M')}(${amount('S')})?)?|${amount('M')}(${amount('S')})?|${amount('S')})`
const calendar = `(${amount('Y')}(${amount('M')}(${amount('D')})?)?|${amount('M')}(${amount('D')})?|${amount('D')})`
const duration = `P(${amount('W')}|${calendar}(${clock})?|${clock})`
const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?'
const hostname = `${label}(\\.${label}){0,4}`
const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const hex = '[0-9a-fA-F]'
const ipv4 = `${octet}(\\.${octet}){3}`
const group = `${hex}{1,4}`
const ipv6 = [
  `${group}(:${group}){7}`,
  ...[1, 2, 3, 4, 5, 6].map((n) => `${group}(:${group}){${n - 1}}:(:${group}){1,${7 - n}}`),
  `${group}(:${group}){0,6}::`,
  `::(${group}(:${group}){0,6})?`,
].join('|')
const uuid = (version: string) => `${hex}{8}-${hex}{4}-${version}${hex}{3}-${hex}{4}-${hex}{12}`
const localPart = "[A-Za-z0-9_+'-]{1,32}(\\.[A-Za-z0-9_+'-]{1,32}){0,3}"
const pathChar = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
const queryChar = "([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
const pathSegments = `(/${pathChar}{0,48}){0,8}`
const query = `(\\?${queryChar}{0,100})?`
const fragment = `(#${queryChar}{0,64})?`
const uri = `https?://${hostname}(:[1-9]\\d{1,3})?${pathSegments}${query}${fragment}`
const uriReference = `(${uri}|(/?[A-Za-z0-9._~-]+${pathSegments})?${query}${fragment})`
const pointer = '(/([^~/]|~[01])*)*'

const known: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  'iso-time': time,
  'iso-date-time': `${date}T${time}`,
  duration,
  uuid: uuid(hex),
  ...Object.fromEntries(['1', '2', '3', '4', '5', '6', '7', '8'].map((version) => [`uuid${version}`, uuid(version)])),
  email: `${localPart}@${label}(\\.${label}){1,3}`,
  'idn-email': `${localPart}@${label}(\\.${label}){1,3}`,
  hostname,
  'idn-hostname': hostname,
  ipv4,
  ipv6,
  uri,
  iri: uri,
  'uri-reference': uriReference,
  'iri-reference': uriReference,
  'json-pointer': pointer,
  'json-pointer-uri-fragment': "#(/([A-Za-z0-9._!$&'()*+,;=:@-]|~[01])*)*",
  'relative-json-pointer': `(0|[1-9]\\d{0,3})(#|${pointer})`,
  base64: '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?',
  byte: '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?',
  regex: '(([A-Za-z0-9_ ,:;@/-]|\\\\[dDwWsS.]|\\.|\\[\\^?[A-Za-z0-9_]+\\])[*+?]?)*',
}

/**
 * The regular expression of a format, anchored at both ends; undefined for a format that does not
 * restrict the text.
 */
export const formats: ReadonlyMap<string, string> = new Map(
  Object.entries(known).map(([name, source]) => [name, `^(?:${source})$`]),
)

const anyLabel = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
const shortLabel = '[A-Za-z0-9]([A-Za-z0-9-]{0,10}[A-Za-z0-9])?'

/**
 * Formats without some or all of the length limits that keep a model from going on for ever. They
 * are used beside a pattern, where counted characters would make an automaton of hundreds of
 * states.
 */
export const uncountedFormats: ReadonlyMap<string, string> = new Map([
  ['hostname', `^${shortLabel}(\\.${shortLabel}){0,3}$`],
  [
    'uri',
    `^https?://${anyLabel}(\\.${anyLabel})*(:[1-9]\\d{1,3})?(/${pathChar}*)*(\\?${queryChar}*)?(#${queryChar}*)?$`,
  ],
  ['email', `^[A-Za-z0-9_+'-]+(\\.[A-Za-z0-9_+'-]+)*@${anyLabel}(\\.${anyLabel})+$`],
])

/** Formats that describe the meaning of a text, and not its form. */
const open = ['binary', 'password', 'path', 'file-path', 'directory-path', 'int32', 'int64', 'float', 'double']

export const followedFormats: ReadonlySet<string> = new Set([...formats.keys(), ...open])
