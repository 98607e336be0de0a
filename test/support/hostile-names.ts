/** A name that a process, container or pod may choose to do harm. */
export interface HostileName {
  readonly what: string
  /** As bytes: not all of them are UTF-8. */
  readonly bytes: Buffer
}

const named = (what: string, text: string | Buffer): HostileName => ({
  what,
  bytes: Buffer.isBuffer(text) ? text : Buffer.from(text),
})

export const hostileNames: readonly HostileName[] = [
  named('a label of its own', 'a",job="forged'),
  named('a line of its own', 'a"} 1\nforged_metric{b="c'),
  named('a comment of its own', '# HELP forged x\n# TYPE forged counter\nforged 1\n'),
  named('a carriage return', 'a\r\nb\rc'),
  named('tabs and a form feed', '\ta\tb\f\v'),
  named('backslashes', String.raw`a\\n\"\u0000\x`),
  named('quotes', `'"\`´’”`),
  named('HTML', '<script>alert(1)</script><img src=x onerror=alert(2)>&amp;'),
  named('the end of a comment of HTML', '--></td></table>'),
  named('ANSI escapes', '\u001b[31mred\u001b[0m\u001b]0;title\u0007\u001b[2J'),
  named('C1 controls', '\u009b31mred\u0085\u0090'),
  named('bells and backspaces', 'a\u0007\b\b\u007f'),
  named('a byte order mark', '\ufeffa\ufeff'),
  named('marks of direction', '\u202ecod.exe\u202c\u2066b\u2069\u200f'),
  named('invisible characters', 'a\u200bb\u2060c\u00ad'),
  named('line separators of Unicode', 'a\u2028b\u2029c'),
  named('combining characters', `z${'\u0300\u0489'.repeat(50)}`),
  named('emoji', '👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿'),
  named(
    'bytes that are not UTF-8',
    Buffer.from('ff fe 80 61 c0 af f5 80'.replaceAll(' ', ''), 'hex'),
  ),
  named('half a character', Buffer.from('61e282', 'hex')),
  named('a lone surrogate', Buffer.from('61eda08062', 'hex')),
  named('a variable', '${env:HOME} $HOME $(id) `id`'),
  named('formats', '%s%n%d {{.}} {0} ${jndi:ldap://a}'),
  named('a prototype', '__proto__'),
  named('a constructor', 'constructor'),
  named('a number', 'NaN'),
  named('JSON', '{"a":1}],"resourceMetrics":[{'),
  named('a list', 'a,service.namespace=b;c=d'),
  named('only spaces around', '  a  '),
  named('10,000 characters', 'A'.repeat(10_000)),
]

/** As every reader decodes it: U+FFFD for what is not UTF-8. */
export const textOf = ({ bytes }: HostileName): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** Whether a text can move a cursor, hide or reorder what stands around it. Line breaks are its own. */
export function disturbsTerminal(text: string): boolean {
  const shown = text.replaceAll('\n', '')
  return /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/u.test(shown)
}
