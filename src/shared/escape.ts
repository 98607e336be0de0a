// Control characters, and those that reorder or hide text on a terminal (bidirectional marks, line separators, lone surrogates).
const unprintable = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu
const short = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** Makes foreign text safe for one line of a terminal or log: what cannot be seen is written as `\n` or `\u{1b}`. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(
    unprintable,
    (found) => short.get(found) ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
