import { expect, test } from 'vitest'
import { parseImage } from '../../../src/identity/kubernetes/image.ts'

const digest = `sha256:${'0'.repeat(64)}`

test.each([
  ['nginx', { name: 'nginx', tag: undefined }],
  ['docker.io/library/nginx:1.27', { name: 'docker.io/library/nginx', tag: '1.27' }],
  ['registry:5000/team/app', { name: 'registry:5000/team/app', tag: undefined }],
  ['registry:5000/team/app:v1', { name: 'registry:5000/team/app', tag: 'v1' }],
  [`registry/app:v1@${digest}`, { name: 'registry/app', tag: 'v1' }],
  [`docker-pullable://registry/app@${digest}`, { name: 'registry/app', tag: undefined }],
  [digest, undefined],
  ['', undefined],
])('%s', (text, image) => {
  expect(parseImage(text)).toEqual(image)
})
