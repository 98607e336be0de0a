/** What a secret is replaced with, as the Collector does. */
export const redacted = '[REDACTED]'

const secretKey =
  /passw(or)?d|passphrase|secret|token|authorization|credential|api[_-]?key|private[_-]?key|^(key|cert|ca)_pem$/i

/** Whether what stands at a path must not be shown: all header values, and keys that sound like a secret. */
export function isSecret(path: readonly (string | number)[]): boolean {
  return path.some(
    (step, index) =>
      typeof step === 'string' &&
      (secretKey.test(step) || (step === 'headers' && index < path.length - 1)) &&
      !/_(file|path)$/.test(step),
  )
}

/** Hides user, password and query of each URL in a text: keys are often in a query. */
export function maskUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${redacted}@`)
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^?#\s"']*\?)[^#\s"']+/gi, `$1${redacted}`)
}
