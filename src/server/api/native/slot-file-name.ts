// Names of files that a client chooses: one name in one folder, on every system.

/** The maximum length of a directory entry on Linux, in bytes. */
const maxBytes = 255

/**
 * @returns the reason why a name is refused; undefined when it is allowed.
 * Source of the rules: fs_validate_filename in llama.cpp's common.cpp. Hidden files are refused as
 * well.
 */
export function whyNoFileName(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (Buffer.byteLength(name) > maxBytes) return `is longer than ${maxBytes} bytes`
  if (/[/\\\u2215\u2216]/.test(name)) return 'is a path; only a file name is taken'
  if (name.startsWith('.')) return 'begins with a dot'
  if (name.includes('..')) return 'has two dots in a row'
  // U+FF0E is a wide full stop; U+FFFD stands for invalid UTF-8, and so does half a surrogate pair
  if (/[\p{Cc}\uff0e\ufffd\ufeff]/u.test(name) || /\p{Cs}/u.test(name))
    return 'has characters that a file name may not have'
  if (/[:*?"<>|]/.test(name)) return 'has one of : * ? " < > |'
  if (/^ |[ .]$/.test(name)) return 'begins with a blank, or ends with a blank or a dot'
  return undefined
}
