import type { Told } from '../facts.ts'
import { globPattern } from './glob.ts'
import { Pattern } from './pattern.ts'

/** As users write it: all that `match` names must be so. */
export interface Rule {
  readonly match: {
    readonly executable?: string | undefined
    readonly command_line?: string | undefined
    readonly port?: number | undefined
    readonly user?: string | number | undefined
    readonly container_name?: string | undefined
    readonly systemd_unit?: string | undefined
  }
  readonly set: Readonly<Record<string, string | number | boolean>>
}

/** What rules look at. */
export interface Subject {
  readonly executableName: string
  readonly executablePath: string | undefined
  /** Not redacted. */
  readonly arguments: string | undefined
  readonly user: string | undefined
  readonly uid: number | undefined
  readonly containerName: string | undefined
  readonly systemdUnit: string | undefined
  /** Ports that the process listens on, or serves. */
  readonly ports: ReadonlySet<number>
}

type Test = (subject: Subject) => boolean

interface ReadyRule {
  readonly tests: readonly Test[]
  readonly told: Told
}

const nothing: Told = new Map()

/** Rules of the configuration that say what a process's service is; the first that fits counts. */
export class Rules {
  readonly #rules: readonly ReadyRule[]
  /** Whether ports of processes have to be known. */
  readonly usePorts: boolean
  /** Whether command lines have to be read. */
  readonly useArguments: boolean

  /** @throws PatternError for an expression that cannot be used: a configuration that was validated has none */
  constructor(rules: readonly Rule[] = []) {
    this.#rules = rules.map(({ match, set }) => ({
      tests: testsOf(match),
      told: new Map(Object.entries(set)),
    }))
    this.usePorts = rules.some(({ match }) => match.port !== undefined)
    this.useArguments = rules.some(({ match }) => match.command_line !== undefined)
  }

  /** @returns what the first rule that fits sets; nothing if none does */
  find(subject: Subject): Told {
    return this.#rules.find(({ tests }) => tests.every((fits) => fits(subject)))?.told ?? nothing
  }
}

/** Cheap ones first. */
function testsOf(match: Rule['match']): readonly Test[] {
  const { executable, command_line: commandLine, port, user } = match
  return [
    port === undefined ? undefined : ({ ports }: Subject) => ports.has(port),
    user === undefined ? undefined : userTest(user),
    globTest(match.container_name, ({ containerName }) => containerName),
    globTest(match.systemd_unit, ({ systemdUnit }) => systemdUnit),
    globTest(executable, (subject) =>
      executable?.includes('/') ? subject.executablePath : subject.executableName,
    ),
    commandLine === undefined ? undefined : argumentsTest(commandLine),
  ].filter((test) => test !== undefined)
}

function userTest(user: string | number): Test {
  return (subject) => subject.user === String(user) || subject.uid === Number(user)
}

function globTest(
  glob: string | undefined,
  read: (subject: Subject) => string | undefined,
): Test | undefined {
  if (glob === undefined) return undefined
  const pattern = globPattern(glob)
  return (subject) => {
    const text = read(subject)
    return text !== undefined && pattern.test(text)
  }
}

function argumentsTest(source: string): Test {
  const pattern = new Pattern(source)
  return ({ arguments: text }) => text !== undefined && pattern.test(text)
}
