import { Buffer } from 'node:buffer'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Lines } from './lines.ts'

/** A list of 10,000 containers has some 10 MB. */
const maxBodyBytes = 16 << 20
const maxLineBytes = 256 << 10
/** Of one stream: more than any machine's containers tell, and little to work off. */
const maxBytesPerSecond = 1 << 20
const answerMs = 10_000

export interface LineSettings {
  /** Lines are handed on when it is resolved, and not before. */
  readonly ready: Promise<void>
  readonly take: (line: string) => void
  readonly leftOut: () => void
}

/** HTTP over a unix socket, with a bound for everything: time, bytes of an answer, bytes a second of a stream. */
export class SocketClient {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** @throws if there is no answer within 10 s, if it is longer than 16 MiB, if it is an error or no JSON */
  async json(target: string, signal: AbortSignal): Promise<unknown> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
    const response = await this.#get(target, inTime)
    const parts: Buffer[] = []
    let length = 0
    for await (const part of response as AsyncIterable<Buffer>) {
      length += part.length
      if (length > maxBodyBytes) throw new Error(`an answer longer than ${maxBodyBytes} bytes`)
      parts.push(part)
    }
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  }

  /** @throws if there is no answer within 10 s, or if it is an error */
  async headers(target: string, signal: AbortSignal): Promise<IncomingHttpHeaders> {
    const response = await this.#get(
      target,
      AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    )
    response.destroy()
    return response.headers
  }

  /** Hands on line by line until the stream ends. It may be silent for as long as it likes. */
  async lines(target: string, settings: LineSettings, signal: AbortSignal): Promise<void> {
    const response = await this.#get(target, signal)
    await settings.ready
    const lines = new Lines(maxLineBytes)
    let tooLong = 0
    for await (const part of response as AsyncIterable<Buffer>) {
      for (const line of lines.push(part)) settings.take(line)
      for (; tooLong < lines.tooLong; tooLong += 1) settings.leftOut()
      const pauseMs = (part.length / maxBytesPerSecond) * 1000
      if (pauseMs >= 1) await sleep(pauseMs, undefined, { ref: false, signal })
    }
  }

  #get(target: string, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = request({
        socketPath: this.path,
        path: target,
        headers: { host: 'localhost', accept: 'application/json' },
        agent: false,
        signal,
      })
      asked.on('response', (response) => {
        const { statusCode = 0 } = response
        if (statusCode === 200) resolve(response)
        else {
          response.destroy()
          reject(new Error(`status ${statusCode} for ${target.split('?')[0]}`))
        }
      })
      asked.on('error', reject)
      asked.end()
    })
  }
}
