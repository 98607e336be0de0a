import { type ErrorCode, NettracerError } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/escape.ts'
import { maskUrls } from '../shared/redact.ts'

/** Where something stands: line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Keys and list positions from the top of the configuration. */
export type Path = readonly (string | number)[]

/** One thing that is wrong, or for a warning odd, in a configuration. */
export interface ConfigIssue {
  readonly place: Place
  readonly path: Path
  /** What is wrong and what is allowed. */
  readonly message: string
}

/** `exporters.otlp.endpoint`, `receivers[0]`; a key of unusual characters stands in quotes. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += (text === '' ? '' : '.') + (/^[\w/-]+$/.test(step) ? step : JSON.stringify(step))
  }
  return text === '' ? '(top level)' : text
}

/** `file:line:column: path: what is wrong, what is allowed`, on one line. */
export function formatIssue({ place, path, message }: ConfigIssue): string {
  const at = `${place.file}:${place.line}:${place.column}`
  return escapeUnprintable(`${at}: ${formatPath(path)}: ${message}`)
}

/** All that is wrong with a configuration; the message has a line for each issue. */
export class ConfigError extends NettracerError {
  readonly issues: readonly ConfigIssue[]

  constructor(code: ErrorCode, issues: readonly ConfigIssue[]) {
    super(code, issues.map(formatIssue).join('\n'))
    this.issues = issues
  }
}

/** Enough to work on; more come from one mistake, or from a file that is no configuration. */
const maxIssues = 100

/** Collects issues, so that a user sees all of them at once. */
export class Issues {
  readonly errors: ConfigIssue[] = []
  readonly warnings: ConfigIssue[] = []
  /** Files that were read, or were to be read. */
  readonly files = new Set<string>()
  #isUnreadable = false
  readonly #settled = new Set<Place>()

  /** Whether more errors would be left out. */
  get isFull(): boolean {
    return this.errors.length >= maxIssues
  }

  add(place: Place, path: Path, message: string): void {
    if (this.isFull || this.#settled.has(place)) return
    this.errors.push({ place, path, message: maskUrls(message) })
  }

  /** A file that cannot be read has an error code of its own. */
  addUnreadable(place: Place, path: Path, message: string): void {
    this.#isUnreadable = true
    this.add(place, path, message)
  }

  /** Nothing more is said about a value: what else seems wrong with it comes from the first error. */
  settle(place: Place): void {
    this.#settled.add(place)
  }

  warn(place: Place, path: Path, message: string): void {
    if (this.warnings.length < maxIssues)
      this.warnings.push({ place, path, message: maskUrls(message) })
  }

  /** All errors as one, in the order of files and lines. */
  toError(): ConfigError {
    const code = this.#isUnreadable
      ? 'NETTRACER_ERR_CONFIG_UNREADABLE'
      : 'NETTRACER_ERR_CONFIG_INVALID'
    return new ConfigError(code, inOrder(this.errors))
  }
}

/** By file in order of appearance, then line and column. */
function inOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const files = [...new Set(issues.map(({ place }) => place.file))]
  return issues.toSorted(
    (a, b) =>
      files.indexOf(a.place.file) - files.indexOf(b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column,
  )
}
