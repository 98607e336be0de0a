import { expect, test } from 'vitest'
import { uuidV5 } from '../../src/identity/uuid.ts'

test.each([
  {
    namespace: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    name: 'www.example.com',
    uuid: '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  },
  {
    namespace: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    name: 'python.org',
    uuid: '886313e1-3b8a-5372-9b90-0c9aee199e5d',
  },
])('$name has the UUID that the RFC and other libraries give it', ({ namespace, name, uuid }) => {
  expect(uuidV5(namespace, name)).toBe(uuid)
})
