import { expect, test } from 'vitest'
import { ownResource } from '../../src/telemetry/own-resource.ts'

function attributesOf(env: Record<string, string>): { attributes: object; problems: string[] } {
  const problems: string[] = []
  const host = { 'host.name': 'h', 'os.type': 'linux' }
  const onProblem = (message: string): void => void problems.push(message)
  const resource = ownResource({ env, version: '1.2.3', host, onProblem })
  return { attributes: resource.attributes, problems }
}

test('the agent speaks of itself under its own name', () => {
  expect(attributesOf({}).attributes).toEqual({
    'service.name': 'otel-nettracer',
    'service.version': '1.2.3',
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'process.pid': process.pid,
    'host.name': 'h',
    'os.type': 'linux',
  })
})

test.each([
  {
    name: 'attributes are percent-decoded',
    env: { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%2Cb, host.name = other' },
    attributes: { 'deployment.environment.name': 'a,b', 'host.name': 'other' },
  },
  {
    name: 'OTEL_SERVICE_NAME comes before service.name',
    env: { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' },
    attributes: { 'service.name': 'b' },
  },
  {
    name: 'an empty name does not count',
    env: { OTEL_SERVICE_NAME: '' },
    attributes: { 'service.name': 'otel-nettracer' },
  },
])('$name', ({ env, attributes }) => {
  const read = attributesOf({ ...env })
  expect(read.attributes).toMatchObject(attributes)
  expect(read.problems).toEqual([])
})

test.each(['a=%zz,b=1', 'a', '=1'])('an error discards all: %s', (text) => {
  const { attributes, problems } = attributesOf({ OTEL_RESOURCE_ATTRIBUTES: text })
  expect(attributes).not.toHaveProperty('b')
  expect(problems).toEqual(['OTEL_RESOURCE_ATTRIBUTES is ignored: it must be key=value,key=value'])
})
