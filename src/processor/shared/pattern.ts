/** A regular expression as the Collector writes it, with Go's named groups. @returns `undefined` if it is none here */
export function toPattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text.replaceAll('(?P<', '(?<'), 'u')
  } catch {
    return undefined
  }
}
