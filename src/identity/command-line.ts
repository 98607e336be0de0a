import { redacted, redactText, secretWords } from '../shared/redact.ts'
import { baseName } from './text.ts'

/** Name of an option or variable whose value is a secret. */
const secretName = new RegExp(
  `${secretWords}|pass(?![a-z])|passin|passout|passcode|pwd(?![a-z])|auth(?![a-z])|authtoken|cookie|bearer|jwt|dsn(?![a-z])|conn(?:ection)?[_-]?str|community|webhook|(?:sig|otp|pin|salt|sas|key)$`,
  'i',
)
/** A word that is no option, and is followed by a secret: `config set requirepass x`. */
const secretWord =
  /^(?:[\w.-]{0,64}[_.-])?(?:(?:require|key|store)?pass|masterauth|password|passwd|passphrase|secret|token|bearer|api[_-]?key|(?:access|private)[_-]?key)$/i

/** Programs whose short options take secrets, whatever those look like. */
const programs: readonly { readonly name: RegExp; readonly options: string }[] = [
  { name: /^(?:mysql|mariadb|mydumper|xtrabackup)/, options: 'p' },
  { name: /^(?:sshpass|mongo|docker|podman|7z|rar|unrar)/, options: 'p' },
  { name: /^(?:redis-cli|valkey-cli)/, options: 'a' },
  { name: /^ldap/, options: 'w' },
  { name: /^snmp/, options: 'cAX' },
  { name: /^(?:sqlcmd|bcp|isql|zip|unzip|mosquitto_)/, options: 'P' },
]
/** How many of the first words may be `sudo`, `env` or their options before the program. */
const leadingWords = 8

/** Options in Go's style that begin as `-p` does, and take no secret. */
const longWithOneDash =
  /^-p(?:ort|ath|rofile|rint|id|lugin|refix|roto|arallel|roject|roxy|artition|ropert|rogress|ackage|ool|eer|ublic|olicy|riority|ing|oll|eriod|refer|ass(?:in|out|word|wd|phrase|code|file)?$|hp|ython|edantic|ipe)/
/** curl's, with a password behind the user. */
const userOption = /^-{0,2}(?:proxy-?)?user(?:pwd)?$/i
/** Of a longer name only the end is looked at. */
const maxName = 128
const portLike = /^[\d.:*[\]-]*\d(?:\/(?:tcp|udp|sctp))?$/
const pathLike = /^(?:\.{0,2}\/|~)/

/** What is to be done with the next argument. */
type Next = 'show' | 'hide' | 'hide-unless-harmless' | 'hide-password'

/**
 * A command line as one text, with `[REDACTED]` in place of what looks like a secret: rather too much than too little.
 *
 * @param args as in `/proc/PID/cmdline`, the program first
 * @param patterns global regular expressions for more that is to be hidden: each match goes
 */
export function redactCommandLine(
  args: readonly string[],
  patterns: readonly RegExp[] = [],
): string {
  let text = redactWords(args, optionsOf(args)).join(' ')
  for (const pattern of patterns) text = text.replace(pattern, redacted)
  return text
}

function optionsOf(args: readonly string[]): string {
  const names = args.slice(0, leadingWords).map((one) => baseName(one))
  const found = programs.filter(({ name }) => names.some((one) => name.test(one)))
  return found.map(({ options }) => options).join('')
}

function redactWords(words: readonly string[], options: string): string[] {
  let next: Next = 'show'
  return words.map((word, at) => {
    const here: Next = next
    next = at === 0 && !word.startsWith('-') ? 'show' : nextAfter(word, options)
    return hide(word, here, options)
  })
}

function hide(word: string, how: Next, options: string): string {
  if (how === 'hide') return redacted
  const isHarmless = portLike.test(word) || pathLike.test(word)
  if (how === 'hide-unless-harmless' && !isHarmless) return redacted
  if (how === 'hide-password') return hidePassword(word)
  return hideInside(word, options)
}

/** Of `user:password` and of smbclient's `user%password`; a group's number is none. */
function hidePassword(word: string): string {
  return /^\d+:\d+$/.test(word) ? word : word.replace(/([:%]).*$/s, `$1${redacted}`)
}

function hideInside(word: string, options: string): string {
  const attached = hideAttached(word, options)
  if (attached !== undefined) return attached
  const text = redactText(word)
  // A shell's script, or a title that the process wrote over its arguments.
  if (!/\s/.test(text)) return text
  const parts = text.split(/(\s+)/)
  const words = parts.filter((_, at) => at % 2 === 0)
  const shown = redactWords(words, options + optionsOf(words))
  return parts.map((part, at) => (at % 2 === 0 ? (shown[at / 2] ?? '') : part)).join('')
}

/** A secret in the same word as its name. */
function hideAttached(word: string, options: string): string | undefined {
  return hideValue(word) ?? hideBehindLetter(word, options)
}

/** As in `--token=x`, `PGPASSWORD=x`, `--user=name:x`. */
function hideValue(word: string): string | undefined {
  const [, name = '', value = ''] = /^([^\s"'?=]+)=(.*)$/s.exec(word) ?? []
  if (name === '') return undefined
  if (secretName.test(name.slice(-maxName))) return `${name}=${redacted}`
  return userOption.test(name) ? `${name}=${hidePassword(value)}` : undefined
}

/** As in `-px`, `-uname:x`. */
function hideBehindLetter(word: string, options: string): string | undefined {
  const [, letter, value] = /^-([a-zA-Z])([^\s=].*)$/s.exec(word) ?? []
  if (letter === undefined || value === undefined) return undefined
  if (options.includes(letter)) return `-${letter}${redacted}`
  if (/u/i.test(letter) && /[:%]/.test(value)) return `-${letter}${hidePassword(value)}`
  if (letter !== 'p') return undefined
  return longWithOneDash.test(word) || portLike.test(value) ? undefined : `-p${redacted}`
}

function nextAfter(word: string, options: string): Next {
  const [, dashes = '', name = ''] = /^["']?(-{0,2})([\w.-]{1,128})$/.exec(word) ?? []
  if (dashes === '') return secretWord.test(name) ? 'hide' : 'show'
  if (name.length === 1) return nextAfterLetter(name, options)
  if (userOption.test(name)) return 'hide-password'
  return secretName.test(name) ? 'hide' : 'show'
}

function nextAfterLetter(letter: string, options: string): Next {
  if (options.includes(letter)) return 'hide'
  if (letter === 'u' || letter === 'U') return 'hide-password'
  return letter === 'p' || letter === 'P' ? 'hide-unless-harmless' : 'show'
}
