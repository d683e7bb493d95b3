// The `format` of a schema, as regular expressions: each text that matches is right, but not each right text matches.

const month31 = '(0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])'
const month30 = '(0[469]|11)-(0[1-9]|[12]\\d|30)'
const february = '02-(0[1-9]|1\\d|2[0-8])'
const leapYear = '(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)'
const date = `(\\d{4}-(${month31}|${month30}|${february})|${leapYear}-02-29)`
const time = '([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)'
const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const hostname = `${label}(\\.${label}){0,3}`
const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const hex = '[0-9a-fA-F]'
const uuid = (version: string) => `${hex}{8}-${hex}{4}-${version}${hex}{3}-${hex}{4}-${hex}{12}`

export const formats: Readonly<Record<string, string>> = {
  date: `^${date}$`,
  time: `^${time}$`,
  'date-time': `^${date}T${time}$`,
  duration: '^P(\\d{1,5}W|\\d{1,5}D|(\\d{1,5}D)?T(\\d{1,5}H(\\d{1,5}M(\\d{1,5}S)?)?|\\d{1,5}M(\\d{1,5}S)?|\\d{1,5}S))$',
  uuid: `^${uuid(hex)}$`,
  ...Object.fromEntries(['1', '2', '3', '4', '5'].map((version) => [`uuid${version}`, `^${uuid(version)}$`])),
  email: `^[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,32}){0,3}@${label}(\\.${label}){1,3}$`,
  hostname: `^${hostname}$`,
  ipv4: `^${octet}(\\.${octet}){3}$`,
  ipv6: '^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}$',
  uri: `^https?://${hostname}(:[1-9]\\d{1,3})?(/[A-Za-z0-9._~-]{1,64}){0,8}/?(\\?[A-Za-z0-9._~=&-]{1,128})?(#[A-Za-z0-9._~-]{1,64})?$`,
}

/** Formats that say what a text means, and nothing of how it looks. */
export const openFormats: readonly string[] = ['binary', 'byte', 'password', 'path', 'file-path', 'directory-path']
