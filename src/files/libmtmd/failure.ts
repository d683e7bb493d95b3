// The reason why libmtmd is missing. It becomes a StartError where the user asked for images.

/** Its message is a sentence for the user, with the last lines of the program that failed. */
export class LibmtmdError extends Error {
  override readonly name = 'LibmtmdError'
}
