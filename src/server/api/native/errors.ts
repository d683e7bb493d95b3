// Errors in llama-server's shape, with numbers that a client can act on beside the message.
export { plainErrors as nativeErrors } from '../../http/errors.ts'
