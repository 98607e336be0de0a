import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Minutes, in ms: kernel and end-to-end tests wait for real traffic, timers and servers. */
const minutes = 60_000

/**
 * These change the network of the host's namespaces and measure it: one file at a time. Again if one fails: a program is not
 * run for an event that interrupts it, nor, on some hosts, while a process of the sandbox around them is the current one.
 */
const alone = {
  fileParallelism: false,
  testTimeout: 5 * minutes,
  hookTimeout: 10 * minutes,
  retry: 2,
}

// Groups run one after the other, so that nothing disturbs what is measured.
export default defineConfig({
  test: {
    // vitest would leave one processor idle, which is half of a small machine.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/{native,kernel,kernels,kubernetes,e2e,prometheus}/**',
            '**/node_modules/**',
          ],
          testTimeout: 30_000,
          // A second is too short on a machine that does other things too.
          expect: { poll: { timeout: 10_000 } },
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'native',
          include: ['test/native/**/*.test.ts'],
          // A process for each file: an addon that crashes takes only its own tests along.
          pool: 'forks',
          execArgv: ['--expose-gc'],
          ...alone,
          fileParallelism: true,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          pool: 'forks',
          ...alone,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'kernels',
          include: ['test/kernels/**/*.test.ts'],
          pool: 'forks',
          ...alone,
          hookTimeout: 20 * minutes,
          // A guest has two processors: two guests at once take longer than one after the other.
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          ...alone,
          // Each follows its own traffic, and most of the time they wait.
          fileParallelism: true,
          maxWorkers: 3,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'prometheus',
          include: ['test/prometheus/**/*.test.ts'],
          pool: 'forks',
          ...alone,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'kubernetes',
          include: ['test/kubernetes/**/*.test.ts'],
          pool: 'forks',
          ...alone,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
})
