/** What a secret is replaced with, as the Collector does. */
export const redacted = '[REDACTED]'

/** Part of a name, of a key or an option, that says that its value is a secret. */
export const secretWords =
  'passw(?:or)?d|passphrase|secret|token|authorization|credential|api[_-]?key|private[_-]?key'

// Every repetition is bounded, or cannot begin at more than a few places: foreign text must not hold up the event loop.

/** Hides user, password and query of each URL in a text: keys are often in a query. */
export function maskUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^/?#\s]*@/gi, `$1${redacted}@`)
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/[^?#\s"']*\?)[^#\s"']+/gi, `$1${redacted}`)
}

/** A password with a slash in it ends the host for {@link maskUrls}; a port does not look like one. */
const slashedUser = /(:\/\/[^\s@/:]{0,128}:)(?!\d{1,5}(?:[/?#]|$))[^\s@]{1,512}@/g
const privateKey =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,8192}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g
const header =
  /((?:proxy-)?authorization|(?:set-)?cookie|\bx-[\w-]{0,40}(?:key|token|auth|secret))(["']?\s{0,8}[:=]\s{0,8})[^"'\r\n]+/gi
const namedValue = new RegExp(
  String.raw`((?:${secretWords}|\b(?:pass|pwd|sig|(?:access|account|shared|signing|master)[_-]?key))[\w.-]{0,32}["']?\s{0,8}[=:]\s{0,8})(\[REDACTED\]|"[^"]*"?|'[^']*'?|[^\s"';&,|)}\]]+)`,
  'gi',
)
const scheme = /\b(bearer|basic|digest|apikey)(\s{1,8})[\w+/=.~:-]{6,}/gi
/** Tokens that can be told by how they look: JWT, AWS, GitHub, GitLab, Slack, Stripe and its likes, Google, npm, SendGrid. */
const tokens =
  /\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?|\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}|\bxox[a-z]-[\w-]{10,}|\b[sr]k[-_][\w-]{16,}|\bAIza[\w-]{30,}|\b(?:npm|hf|dop_v1)_\w{16,}|\bSG\.[\w-]{10,}\.[\w-]{10,}/g
/** Not the digest of an image. */
const userAtHost = /(?<![\w@/:.-])([\w.+-]{1,64}:)[^\s@/:]{1,128}@(?!sha256:)(?=[\w./])/g

/** Hides what looks like a secret in a text that somebody else wrote: rather too much than too little. */
export function redactText(text: string): string {
  return maskUrls(text.replace(privateKey, redacted).replace(slashedUser, `$1${redacted}@`))
    .replace(header, `$1$2${redacted}`)
    .replace(namedValue, `$1${redacted}`)
    .replace(scheme, `$1$2${redacted}`)
    .replace(tokens, redacted)
    .replace(userAtHost, `$1${redacted}@`)
}
