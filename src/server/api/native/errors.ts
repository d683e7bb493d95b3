// Errors as llama-server writes them, with numbers that a client may act on beside the message.
export { plainErrors as nativeErrors } from '../../http/errors.ts'
