import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeLogs } from '../../../../src/exporter/wire/encode/logs.ts'
import { type ResourceLogs, severities } from '../../../../src/model/logs.ts'
import { decodeEveryLogsField } from '../../../support/otlp-logs.ts'
import { anyResourceLogs } from '../arbitrary.ts'

function bySdk({ resource, scopeLogs }: ResourceLogs): Uint8Array {
  const records = scopeLogs.flatMap(({ scope, logRecords }) =>
    logRecords.map(({ time, observedTime, severity, ...rest }) => ({
      ...rest,
      hrTime: time,
      hrTimeObserved: observedTime,
      severityText: severity,
      severityNumber: severities[severity],
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
    })),
  )
  // The enum of its severity numbers is in a package that nothing else needs.
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
  return ProtobufLogsSerializer.serializeRequest(records) ?? new Uint8Array()
}

test("every field is as the SDK's serializer writes it", () => {
  fc.assert(
    fc.property(anyResourceLogs, (one) => {
      fc.pre(one.scopeLogs.every(({ logRecords }) => logRecords.length > 0))
      const ours = decodeEveryLogsField(encodeLogs(one))
      expect(ours).toEqual(decodeEveryLogsField(bySdk(one)))
    }),
    { numRuns: 300 },
  )
})
