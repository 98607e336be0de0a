import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const fetchScript = fileURLToPath(new URL('../kafka/fetch.sh', import.meta.url))
const classPath = fileURLToPath(new URL('../../build/kafka/lib/*', import.meta.url))
const READY_MS = 60_000
const run = promisify(execFile)

const reasons = new Map([
  [3, 'no Java or no Maven on this machine'],
  [4, 'Apache Kafka is not there yet; `npm run check:kafka` downloads it'],
])

/**
 * Whether Apache Kafka is there, downloaded first if NETTRACER_TEST_KAFKA is set. To be awaited while tests are
 * collected (`describe.skipIf(!(await kafkaIsThere()))`).
 */
export async function kafkaIsThere(): Promise<boolean> {
  const child = spawn(fetchScript, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (more: Buffer) => {
    output = `${output}${more.toString()}`.slice(-2000)
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (status === 0) return true
  const reason = reasons.get(status ?? 1) ?? `it cannot be downloaded: ${output}`
  process.stderr.write(
    `\n!!! SKIPPED: ${reason}, so NOTHING is tested against a real broker of Kafka !!!\n\n`,
  )
  return false
}

/** The user whom the broker knows, by PLAIN and by SCRAM. */
export const kafkaUser = { username: 'agent', password: 'agent-of-the-tests' }

/** Most bytes of a message that the broker takes. */
export const BROKER_MESSAGE_BYTES = 200_000

const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath]

/** Stands between two values in the output of the console consumer. */
const separator = '<end of one message of the tests>'

/** A real broker of Kafka on loopback, a cluster of its own. It may be killed and started again; its topics stay. */
export class KafkaBroker {
  readonly folder = mkdtempSync(join(tmpdir(), 'nettracer-kafka-'))
  readonly port: number
  /** Asks for a user. */
  readonly saslPort: number
  /** Speaks TLS. */
  readonly tlsPort: number
  readonly #controllerPort: number
  #process: ChildProcess | undefined

  private constructor(ports: readonly number[]) {
    const [port = 0, sasl = 0, tls = 0, controller = 0] = ports
    this.port = port
    this.saslPort = sasl
    this.tlsPort = tls
    this.#controllerPort = controller
  }

  /** @param pem the broker's private key and certificates */
  static async start(pem: string): Promise<KafkaBroker> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()]
    const broker = new KafkaBroker(ports)
    writeFileSync(broker.path('broker.pem'), pem)
    writeFileSync(broker.path('server.properties'), broker.#properties())
    const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${kafkaUser.username},password=${kafkaUser.password}]`,
    ])
    const format = [
      'format',
      '-t',
      'bmV0dHJhY2VyLXRlc3RzMQ',
      '-c',
      broker.path('server.properties'),
    ]
    await run('java', [...java, 'kafka.tools.StorageTool', ...format, ...scram])
    await broker.run()
    return broker
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Starts the process and waits until it listens. */
  async run(): Promise<void> {
    const log = openSync(this.path('log'), 'a')
    const child = spawn('java', [...java, 'kafka.Kafka', this.path('server.properties')], {
      stdio: ['ignore', log, log],
    })
    this.#process = child
    const deadline = Date.now() + READY_MS
    while (!(await listens(this.port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`Kafka does not start:\n${readFileSync(this.path('log'), 'utf8')}`)
      }
      await delay(50)
    }
  }

  /** SIGKILL: what it has acknowledged stays. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** SIGSTOP: its connections stay, and nobody answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The values of the messages of a topic, which has one partition, as Kafka's own console consumer reads them. */
  async messages(topic: string): Promise<readonly Buffer[]> {
    const consumer = [
      'org.apache.kafka.tools.consumer.ConsoleConsumer',
      ...['--bootstrap-server', `127.0.0.1:${this.port}`, '--topic', topic],
      ...['--partition', '0', '--offset', 'earliest', '--timeout-ms', '1500'],
      ...['--property', `line.separator=${separator}`],
    ]
    const { stdout } = await run('java', [...java, ...consumer], {
      encoding: 'buffer',
      maxBuffer: 256 * 1024 * 1024,
    })
    return split(stdout)
  }

  #properties(): string {
    const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`
    const open = [
      at('PLAINTEXT', this.port),
      at('SASL_PLAINTEXT', this.saslPort),
      at('SSL', this.tlsPort),
    ].join()
    const { username, password } = kafkaUser
    const security = 'org.apache.kafka.common.security'
    const scram = `${security}.scram.ScramLoginModule required;`
    return [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${this.#controllerPort}`,
      `listeners=${open},${at('CONTROLLER', this.#controllerPort)}`,
      `advertised.listeners=${open}`,
      'controller.listener.names=CONTROLLER',
      `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL'].map((one) => `${one}:${one}`).join()}`,
      'inter.broker.listener.name=PLAINTEXT',
      'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      `listener.name.sasl_plaintext.plain.sasl.jaas.config=${security}.plain.PlainLoginModule required user_${username}="${password}";`,
      `listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=${scram}`,
      `listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=${scram}`,
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${this.path('broker.pem')}`,
      `log.dirs=${this.path('logs')}`,
      'num.partitions=1',
      `message.max.bytes=${BROKER_MESSAGE_BYTES}`,
    ].join('\n')
  }
}

function split(output: Buffer): readonly Buffer[] {
  const found: Buffer[] = []
  for (let from = 0; ; ) {
    const end = output.indexOf(separator, from)
    if (end < 0) return found
    found.push(output.subarray(from, end))
    from = end + separator.length
  }
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
