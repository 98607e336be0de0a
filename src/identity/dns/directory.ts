import type { NameAnswer } from '../../connection/name-answer.ts'
import { readAnswer } from './message.ts'
import type { DnsNames } from './names.ts'
import type { ReverseNames } from './reverse-names.ts'
import { ToldNames, type ToldNamesSettings } from './told-names.ts'

export interface NameDirectorySettings extends ToldNamesSettings {
  /** `undefined` if nobody is to be asked. */
  readonly reverse?: ReverseNames | undefined
}

/** Names of addresses: as DNS told processes of this host, else, if that is wanted, as it is asked for. */
export class NameDirectory implements DnsNames {
  readonly #told: ToldNames
  readonly reverse: ReverseNames | undefined
  /** Answers that were no DNS messages. */
  malformed = 0

  constructor(settings: NameDirectorySettings) {
    this.#told = new ToldNames(settings)
    this.reverse = settings.reverse
  }

  get epoch(): number {
    return this.#told.epoch + (this.reverse?.epoch ?? 0)
  }

  /** Addresses with a name, of each process and each network namespace. */
  get size(): number {
    return this.#told.size
  }

  answer(answer: NameAnswer): void {
    const resolution = readAnswer(answer.message, answer.isCut)
    if (resolution === 'malformed') this.malformed += 1
    else if (resolution !== undefined) this.#told.tell(answer, resolution)
  }

  /** A process began: what another one of that pid was told is not its. */
  begin(process: { readonly pid: number; readonly startTime: bigint }): void {
    this.#told.begin(process)
  }

  nameOf(address: string, netns: number, pid: number): string | undefined {
    return this.#told.nameOf(address, netns, pid) ?? this.reverse?.nameOf(address)
  }

  /** Forgets what is due. To be called now and then. */
  refresh(): void {
    this.#told.expire()
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.reverse?.stop()
    return Promise.resolve()
  }
}
