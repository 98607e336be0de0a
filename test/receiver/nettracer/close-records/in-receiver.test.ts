import { expect, test } from 'vitest'
import type { Logs } from '../../../../src/model/logs.ts'
import { nettracerConfig } from '../../../../src/receiver/nettracer/config.ts'
import { NettracerReceiver } from '../../../../src/receiver/nettracer/receiver.ts'
import type { Sink, Source, SourceHealth } from '../../../../src/source/source.ts'
import { ended } from '../../../support/ended.ts'
import { flow, processKey } from '../../../support/increment.ts'
import { recordedSettings } from '../../../support/recorded-telemetry.ts'

/** A source that tells of ends while it is drained, to a sink that asks for them. */
class EndingSource implements Source {
  readonly name: Source['name']
  #sink: Sink | undefined
  #ends: number

  constructor(name: Source['name'], ends: number) {
    this.name = name
    this.#ends = ends
  }

  get isAsked(): boolean {
    return this.#sink?.ended !== undefined
  }

  async start(sink: Sink): Promise<void> {
    this.#sink = sink
  }

  drain(): boolean {
    if (this.#ends === 0) return false
    this.#ends -= 1
    this.#sink?.ended?.(ended({ flow: flow({ process: processKey(0) }) }))
    return this.#ends > 0
  }

  async collect(): Promise<void> {
    while (this.drain()) continue
  }

  health(): SourceHealth {
    const none = { records: 0, ringFull: 0, lost: 0, unknownRecords: 0, sockets: 0, unowned: 0 }
    const more = { responsesLost: 0, undescribed: 0, endsMissed: 0, flowTableResets: 0 }
    return { ...none, ...more, untoldEnds: 4, programs: [] }
  }

  async stop(): Promise<void> {}
}

function receiver(source: Source, hasLogs: boolean) {
  const handed: Logs[] = []
  const recorded = recordedSettings('nettracer')
  const logs = hasLogs ? { consume: (batch: Logs) => void handed.push(batch) } : undefined
  const config = nettracerConfig.parse({ collection_interval: '1h' })
  const started = new NettracerReceiver(
    recorded.settings,
    config,
    { metrics: [], logs },
    { createSource: () => source },
  )
  return { ...recorded, receiver: started, handed }
}

test('each end gives a log record, and what did not fit the ring is told', async () => {
  const { receiver: started, handed, readings } = receiver(new EndingSource('ebpf', 5), true)
  await started.start()
  await started.collect()
  await started.shutdown()
  const records = handed.flatMap(({ resourceLogs }) =>
    resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
  )
  expect(records.map(({ eventName }) => eventName)).toEqual([
    ...Array.from({ length: 5 }, () => 'nettracer.connection'),
    'nettracer.close_records.left_out',
  ])
  expect(await readings()).toMatchObject({
    'nettracer.exporter.close_records.made{}': 5,
    'nettracer.exporter.close_records.left_out{nettracer.drop.reason=ring_full}': 4,
    'nettracer.exporter.close_records.left_out{nettracer.drop.reason=sampling}': 0,
  })
})

test('without a logs pipeline the source is not asked, and nothing is said of it', async () => {
  const source = new EndingSource('ebpf', 5)
  const { receiver: started, handed, readings } = receiver(source, false)
  await started.start()
  await started.collect()
  expect(source.isAsked).toBe(false)
  await started.shutdown()
  expect(handed).toEqual([])
  const names = Object.keys(await readings()).filter((name) => name.includes('close_records'))
  expect(names).toEqual([])
})
