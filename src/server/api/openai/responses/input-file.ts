// `input_file` parts: text files, whose text the model reads.
import { badField } from '../../../../base/errors.ts'
import { type JsonObject, optionalText, textOf } from './values.ts'

/**
 * @returns the file's text below its name.
 * @throws RequestError for a file that is not a text, and for one that is somewhere else.
 */
export function inputFile(part: JsonObject, name: string): string {
  if (part.file_data === undefined || part.file_data === null) {
    throw badField(name, part, 'has no "file_data": files are not kept nor fetched, send the file itself')
  }
  const data = textOf(part.file_data, `${name}.file_data`)
  const title = optionalText(part.filename, `${name}.filename`)
  const text = decoded(data)
  if (text === undefined) throw badField(`${name}.file_data`, data, 'is not a text file in base64: send its text')
  return title === undefined ? text : `${title}\n\n${text}`
}

/** @param data base64, of a data URI or bare. @returns undefined for what is not UTF-8. */
function decoded(data: string): string | undefined {
  const base64 = data.replace(/^data:[^,]*;base64,/, '')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'))
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
