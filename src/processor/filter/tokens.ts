export type Token =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  /** A word, or a path of words and points. */
  | { readonly kind: 'name'; readonly value: string }
  | { readonly kind: 'sign'; readonly value: string }

const pattern =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(==|!=|<=|>=|[<>()[\],]))/uy

/** The words of a condition. @throws SyntaxError for what is none */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  pattern.lastIndex = 0
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const at = pattern.lastIndex
    const found = pattern.exec(text)
    if (found === null) throw new SyntaxError(`not understood: ${text.slice(at).trim()}`)
    tokens.push(tokenOf(found))
  }
  return tokens
}

function tokenOf([, quoted, number, name, sign = '']: readonly (string | undefined)[]): Token {
  if (quoted !== undefined) return { kind: 'text', value: unquoted(quoted) }
  if (number !== undefined) return { kind: 'number', value: Number(number) }
  return name === undefined ? { kind: 'sign', value: sign } : { kind: 'name', value: name }
}

function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/g, (_, escaped: string) => {
    return { n: '\n', t: '\t', r: '\r' }[escaped] ?? escaped
  })
}
