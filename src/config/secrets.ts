import { secretWords } from '../shared/redact.ts'

const secretKey = new RegExp(`${secretWords}|^(?:key|cert|ca)_pem$`, 'i')

/** Whether what stands at a path must not be shown: all header values, and keys that sound like a secret. */
export function isSecret(path: readonly (string | number)[]): boolean {
  return path.some(
    (step, index) =>
      typeof step === 'string' &&
      (secretKey.test(step) || (step === 'headers' && index < path.length - 1)) &&
      !/_(file|path)$/.test(step),
  )
}
