/** @returns what is wrong with the URL of a backend, if anything */
export function urlFault(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) {
    return 'write a URL: http://HOST:PORT (plain text) or https://HOST:PORT'
  }
  if (!URL.canParse(text)) return 'not a URL'
  return new URL(text).hash === '' ? undefined : 'a URL to send to has no #'
}

/** For logs: without user, password and query, which may be secret. */
export function publicName({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}
