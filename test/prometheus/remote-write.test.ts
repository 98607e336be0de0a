import { describe } from 'vitest'
import { hasNewPrometheus, newPrometheus, Prometheus } from '../support/prometheus.ts'
import { testRemoteWrite } from '../support/remote-write-scenario.ts'

const messages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const

describe.skipIf(!hasNewPrometheus()).each(messages)('Prometheus 3.15 takes %s', (message) => {
  testRemoteWrite(message, async () =>
    Prometheus.start([], {}, ['--web.enable-remote-write-receiver'], { binary: newPrometheus }),
  )
})
