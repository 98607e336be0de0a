import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readImage, readRepositoryDigest } from '../../../src/identity/container/image.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

test.each([
  ['busybox', 'busybox', ['latest']],
  ['busybox:1.36', 'busybox', ['1.36']],
  ['shop/cart:v2', 'shop/cart', ['v2']],
  ['docker.io/library/busybox:latest', 'docker.io/library/busybox', ['latest']],
  ['registry:5000/shop/cart', 'registry:5000/shop/cart', ['latest']],
  ['registry:5000/shop/cart:v2', 'registry:5000/shop/cart', ['v2']],
  ['[fd00::1]:5000/cart:v2', '[fd00::1]:5000/cart', ['v2']],
  ['localhost/cart:1', 'localhost/cart', ['1']],
  [`cart@${digest}`, 'cart', []],
  [`registry:5000/cart@${digest}`, 'registry:5000/cart', []],
  [`registry:5000/cart:v2@${digest}`, 'registry:5000/cart', ['v2']],
  [digest, undefined, []],
  [digest.slice('sha256:'.length), undefined, []],
  ['0123456789ab', undefined, []],
  ['deadbeef', 'deadbeef', ['latest']],
  ['cart:', 'cart', ['latest']],
  [':v2', undefined, []],
  ['', undefined, []],
  ['@', undefined, []],
  ['a'.repeat(1025), undefined, []],
])('of %s the name is %s, the tags %j', (reference, name, tags) => {
  expect(readImage(reference)).toEqual({ name, tags })
})

test.each([
  [`cart@${digest}`, `cart@${digest}`],
  [`registry:5000/cart:v2@${digest}`, `registry:5000/cart@${digest}`],
  ['registry:5000/cart:v2', undefined],
  [digest, undefined],
  [`@${digest}`, undefined],
  [`:v2@${digest}`, undefined],
  [`cart@${digest.slice(0, -1)}`, undefined],
  [`a@b@${digest}`, undefined],
  [`cart@md5:${'0'.repeat(32)}`, undefined],
  [`${'a'.repeat(1000)}@${digest}`, undefined],
])('of %s the digest is %s', (reference, found) => {
  expect(readRepositoryDigest(reference)).toBe(found)
})

test('no text makes the reader fail', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readImage(text).tags.length).toBeLessThan(2)
    }),
  )
})
