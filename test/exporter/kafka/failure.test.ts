import { MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { failureOf } from '../../../src/exporter/kafka/failure.ts'

/** As the client hands on what a broker said. */
const answered = (name: string) =>
  new MultipleErrors('Producing messages failed.', [
    new MultipleErrors('produce failed', [new ProtocolError(name)]),
  ])

test.each([
  ['MESSAGE_TOO_LARGE', 'too_large'],
  ['RECORD_LIST_TOO_LARGE', 'too_large'],
  ['INVALID_TOPIC_EXCEPTION', 'refused'],
  ['INVALID_RECORD', 'refused'],
  ['UNSUPPORTED_COMPRESSION_TYPE', 'refused'],
  ['NOT_LEADER_OR_FOLLOWER', 'failed'],
  ['NOT_ENOUGH_REPLICAS', 'failed'],
  ['REQUEST_TIMED_OUT', 'failed'],
  ['TOPIC_AUTHORIZATION_FAILED', 'failed'],
  ['KAFKA_STORAGE_ERROR', 'failed'],
])('%s: the request is %s', (name, outcome) => {
  const attempt = failureOf(answered(name))
  expect(attempt.outcome).toBe(outcome)
  expect(attempt.message).toContain(`${name}: `)
})

test('what no broker said is tried again, and its innermost cause is told', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:1')
  const refused = new NetworkError('Connection to 127.0.0.1:1 failed.', { cause })
  expect(failureOf(refused)).toEqual({ outcome: 'failed', message: cause.message, retryAfterMs: 0 })
  expect(failureOf(new UserError('Unknown topic a.'))).toMatchObject({ outcome: 'failed' })
  expect(failureOf('gone')).toMatchObject({ outcome: 'failed', message: 'gone' })
})

test('an error that is its own cause ends', () => {
  const circular = new Error('round')
  circular.cause = circular
  expect(failureOf(circular).outcome).toBe('failed')
})
