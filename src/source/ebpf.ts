import { setImmediate } from 'node:timers/promises'
import { ioWanted, life, loss } from '../generated/records.ts'
import { NettracerError } from '../shared/errors.ts'
import { createTracer, objectPath, type Tracer } from './addon.ts'
import { Answers, answerRingBytes } from './answers.ts'
import { RecordDecoder } from './decoder.ts'
import type { EbpfSettings } from './ebpf-settings.ts'
import { Edges } from './edges.ts'
import { EndAudit } from './end-audit.ts'
import { FlowTable } from './flow-table.ts'
import { NatWatch } from './nat-watch.ts'
import { checkLayout } from './open-errors.ts'
import { openPrograms } from './open-programs.ts'
import {
  answerProgram,
  datagramPrograms,
  requiredProgram,
  unwantedPrograms,
  type Wanted,
} from './programs.ts'
import type { ProgramState, Sink, Source, SourceHealth } from './source.ts'

/** Bytes read at once: one turn of the event loop decodes some 1,800 records. */
const chunkBytes = 256 << 10
/** The tracer stops a drain when a record may not fit any more. */
const largestRecord = 512
const anyRejection = new Uint8Array(8)
const noCounts = new Uint8Array(16)

/** Increments from the kernel's sockets through BPF; docs/architecture.md tells how. */
export class EbpfSource implements Source {
  readonly name = 'ebpf'
  readonly #settings: EbpfSettings
  readonly #flows: FlowTable
  readonly #nat: NatWatch | undefined
  readonly #edges: Edges
  readonly #events: RecordDecoder
  readonly #passes: RecordDecoder
  #answers: Answers | undefined
  #tracer: Tracer | undefined
  #sink: Sink | undefined
  #programs: ProgramState[] = []
  #missed = new Map<string, number>()
  #filledMap = 0
  /** The first pass after the start, and any that met sockets without a process, is followed by a look at all files. */
  #searchOwners = true
  readonly #audit = new EndAudit()
  #losses = { ringFull: 0, lost: 0, undescribed: 0, untoldEnds: 0, responses: 0, answers: 0 }

  constructor(settings: EbpfSettings = {}) {
    this.#settings = settings
    this.#nat = this.#createNatWatch()
    this.#flows = new FlowTable(settings.flowCapacity, ({ netns, process }) =>
      this.#nat?.notice(netns, process.pid),
    )
    this.#edges = new Edges(this.#nat && { nat: this.#nat.table })
    this.#events = new RecordDecoder(this.#flows, chunkBytes, this.#edges)
    this.#passes = new RecordDecoder(this.#flows, chunkBytes, this.#edges)
    this.#answers = settings.hasNames ? new Answers() : undefined
  }

  async start(sink: Sink): Promise<void> {
    const tracer = createTracer()
    const { leaveOut = [] } = this.#settings
    this.#sink = sink
    try {
      this.#programs = openPrograms(tracer, {
        path: this.#settings.objectPath ?? objectPath,
        ringBytes: this.#settings.ringBytes,
        answerBytes: this.#answers && answerRingBytes,
        leaveOut,
        unwanted: unwantedPrograms(this.#wanted()),
      })
      checkLayout(tracer)
      this.#require(requiredProgram)
      if (this.#settings.eachConnection) this.#require('connection_pass')
      this.#tracer = tracer
      this.#beginRejections()
      await this.#nat?.refresh()
      this.#tellWanted(tracer, sink)
      await this.#searchFiles()
    } catch (thrown) {
      this.#tracer = undefined
      tracer.close()
      throw thrown
    }
  }

  #createNatWatch(): NatWatch | undefined {
    const { nat = 'auto' } = this.#settings
    return nat === false ? undefined : new NatWatch({ isRequired: nat === true })
  }

  get remark(): string | undefined {
    return this.#nat?.remark
  }

  #wanted(): Wanted {
    const { hasResponseTimes = true, hasDatagrams = true } = this.#settings
    return { hasResponseTimes, hasDatagrams, hasNames: this.#answers !== undefined }
  }

  /** Reads and writes count from now on, and ends if the sink takes them. UDP only with all of its programs. */
  #tellWanted(tracer: Tracer, sink: Sink): void {
    const { hasResponseTimes, hasDatagrams } = this.#wanted()
    const isComplete = datagramPrograms.every((name) => this.#isAttached(name))
    const datagrams = hasDatagrams && isComplete ? ioWanted.WANTS_DATAGRAMS : 0
    const responses = hasResponseTimes ? ioWanted.WANTS_RESPONSES : 0
    if (!this.#isAttached(answerProgram)) this.#answers = undefined
    const names = this.#answers ? ioWanted.WANTS_NAMES : 0
    const wanted = new Uint32Array([
      datagrams | responses | names,
      sink.ended === undefined ? 0 : 1,
    ])
    tracer.update('.data.wanted', new Uint8Array(4), new Uint8Array(wanted.buffer))
  }

  drain(): boolean {
    if (!this.#tracer || !this.#sink) return false
    this.#events.teller.wallOffset = this.#tracer.wallOffset()
    const length = this.#tracer.drain(this.#events.bytes)
    // Behind the records, before they are looked at: whoever connected by a name was told it before.
    this.#answers?.drain(this.#tracer, this.#sink)
    // What is in the records was translated before it was written there.
    this.#nat?.drain()
    if (this.#events.decode(length, this.#sink) > 0) this.#events.unknown += 1
    return length > chunkBytes - largestRecord
  }

  async collect(isLast = false): Promise<void> {
    if (!this.#tracer || !this.#sink) return
    await this.#nat?.refresh()
    await this.#drainAll()
    const retired = this.#filledMap
    this.#fillOtherMaps()
    if (this.#settings.eachConnection) await this.#passOverConnections()
    else await this.#passOverChanges()
    await this.#drainAll()
    this.#events.flush(this.#sink, isLast)
    this.#takeRetired(retired)
    this.#flows.renew()
    this.#edges.renew()
    this.#readLosses()
    this.#tracer?.trim()
  }

  health(): SourceHealth {
    const answers = this.#answers
    return {
      records: this.#events.records + this.#passes.records,
      ringFull: this.#losses.ringFull,
      lost: this.#losses.lost,
      undescribed: this.#losses.undescribed,
      endsMissed: this.#audit.missed,
      untoldEnds: this.#losses.untoldEnds,
      responsesLost: this.#losses.responses,
      unknownRecords: this.#events.unknown + this.#passes.unknown + (answers?.unknown ?? 0),
      ...(answers && { answers: { read: answers.read, lost: this.#losses.answers } }),
      sockets: this.#passes.teller.sockets,
      unowned: this.#passes.teller.unowned,
      flowTableResets: this.#flows.resets,
      edges: this.#edges.counts,
      ...(this.#nat && { nat: this.#nat.health() }),
      programs: this.#programs.map((program) => ({
        ...program,
        missed: this.#missed.get(program.name) ?? 0,
      })),
    }
  }

  /** Run counts and times of the programs, for benchmarks; zero unless `kernel.bpf_stats_enabled=1`. */
  statistics(): ReturnType<Tracer['statistics']> {
    return this.#tracer?.statistics() ?? []
  }

  async stop(): Promise<void> {
    this.#nat?.stop()
    this.#tracer?.close()
    this.#tracer = undefined
    return Promise.resolve()
  }

  async #drainAll(): Promise<void> {
    while (this.drain()) await setImmediate()
  }

  #isAttached(program: string): boolean {
    return this.#programs.some(({ name, attached }) => name === program && attached)
  }

  async #searchFiles(): Promise<void> {
    if (this.#isAttached('file_pass')) await this.#readPass('file_pass')
    await this.#drainAll()
  }

  /** @throws NettracerError if it did not load: this source cannot do what it is for */
  #require(program: string): void {
    const state = this.#programs.find(({ name }) => name === program)
    if (state?.attached) return
    throw new NettracerError(
      'NETTRACER_ERR_SOURCE_UNUSABLE',
      `the program ${program} did not load: ${state?.error ?? 'it is missing'}`,
    )
  }

  /** A second pass would report each connection twice, so processes are looked for before. */
  async #passOverConnections(): Promise<void> {
    await this.#searchFiles()
    await this.#passOverSockets('connection_pass')
  }

  async #passOverChanges(): Promise<void> {
    if (this.#searchOwners) await this.#searchFiles()
    await this.#passOverSockets('socket_pass')
    if (this.#passes.teller.unowned > 0) {
      // The pass held back what has no process yet.
      await this.#searchFiles()
      await this.#passOverSockets('socket_pass', true)
    }
    this.#searchOwners = this.#passes.teller.unowned > 0
  }

  async #passOverSockets(program: string, isRepeated = false): Promise<void> {
    this.#passes.teller.isRepeatedPass = isRepeated
    this.#passes.teller.unowned = 0
    if (!this.#isAttached(program)) return
    const begun = this.#readCount('lives', life.LIFE_BEGUN)
    this.#edges.isPassing = true
    await this.#readPass(program)
    this.#edges.isPassing = false
    const ended = this.#readCount('lives', life.LIFE_ENDED)
    this.#audit.judge(begun - ended - this.#passes.teller.connections)
  }

  async #readPass(program: string): Promise<void> {
    let left = 0
    for (;;) {
      // The kernel cuts a record where the buffer ends: the rest comes with the next read.
      const length = await this.#tracer?.readPass(program, this.#passes.bytes.subarray(left))
      if (!length || !this.#sink) break
      // A process that opened a connection since is described in the ring, and must be known first.
      await this.#drainAll()
      this.#nat?.drain()
      left = this.#passes.decode(left + length, this.#sink)
    }
    if (left > 0) this.#passes.unknown += 1
  }

  #fillOtherMaps(): void {
    this.#filledMap = 1 - this.#filledMap
    this.#beginRejections()
    this.#tracer?.update('filled_map', new Uint8Array(4), Uint8Array.of(this.#filledMap, 0, 0, 0))
  }

  /** The entry for what does not fit any more must be there before the map is full. */
  #beginRejections(): void {
    this.#tracer?.update(`rejections_${this.#filledMap}`, anyRejection, noCounts)
  }

  #takeRetired(retired: number): void {
    const { bytes } = this.#passes
    if (!this.#tracer || !this.#sink) return
    for (;;) {
      const length = this.#tracer.takeMap(`remainder_${retired}`, bytes)
      if (length === 0) break
      this.#passes.decodeTotals(length, this.#sink)
    }
    for (;;) {
      const length = this.#tracer.takeMap(`rejections_${retired}`, bytes)
      if (length === 0) break
      this.#passes.decodeRejections(length, this.#sink)
    }
  }

  #readLosses(): void {
    this.#losses = {
      ringFull: this.#readCount('losses', loss.LOSS_RING_FULL),
      lost:
        this.#readCount('losses', loss.LOSS_REMAINDER_FULL) +
        this.#readCount('losses', loss.LOSS_STORAGE) +
        this.#readCount('losses', loss.LOSS_LISTENER),
      undescribed: this.#readCount('losses', loss.LOSS_PROCESS),
      untoldEnds: this.#readCount('losses', loss.LOSS_END),
      responses: this.#readCount('losses', loss.LOSS_RESPONSES),
      answers: this.#readCount('losses', loss.LOSS_ANSWER),
    }
    this.#missed = new Map(this.statistics().map(({ name, missed }) => [name, missed]))
  }

  #readCount(map: 'losses' | 'lives', which: number): number {
    const value = new Uint8Array(8)
    this.#tracer?.lookUp(map, Uint8Array.of(which, 0, 0, 0), value)
    return Number(new DataView(value.buffer).getBigUint64(0, true))
  }
}
