import { describe } from 'vitest'
import { hasPrometheus, Prometheus } from '../support/prometheus.ts'
import { testRemoteWrite } from '../support/remote-write-scenario.ts'

const isInstalled = hasPrometheus()
if (!isInstalled) {
  process.stderr.write(
    '\n!!! SKIPPED: Prometheus is not installed, so remote write is NOT tested with it !!!\n\n',
  )
}

describe.skipIf(!isInstalled)("Debian's Prometheus takes remote write 1.0", () => {
  testRemoteWrite('prometheus.WriteRequest', async () =>
    Prometheus.start([], {}, [
      '--web.enable-remote-write-receiver',
      '--enable-feature=native-histograms',
    ]),
  )
})
