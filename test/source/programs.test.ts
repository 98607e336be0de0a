import { expect, test } from 'vitest'
import { unneededFallbacks } from '../../src/source/programs.ts'

test.each([
  { release: '6.1.0-56-cloud-amd64', unneeded: [] },
  { release: '6.9.12', unneeded: [] },
  { release: '6.10.0-rc1', unneeded: ['segment_dropped'] },
  { release: '6.12.117+deb13-cloud-amd64', unneeded: ['segment_dropped'] },
  { release: '7.0.1', unneeded: ['segment_dropped'] },
  { release: '5.15.0', unneeded: [] },
])('on $release the fallbacks not needed are $unneeded', ({ release, unneeded }) => {
  expect(unneededFallbacks(release)).toEqual(unneeded)
})
