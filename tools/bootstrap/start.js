// `sudo npm start [-- ARGS]`: prepares what is missing, then runs `nettracer ARGS`.

import { join } from 'node:path'
import { runInTerminal } from './child.js'
import { requireKernelTypes, requireRoot } from './machine.js'
import { prepare, root, run } from './prepare.js'

const args = process.argv.slice(2)
/** As in the first line of src/cli/main.ts: it keeps 40 MB less under load (`npm run bench`). */
const nodeFlags = ['--max-semi-space-size=1']

await run(async () => {
  requireRoot('npm start')
  requireKernelTypes(args)
  const { node } = await prepare({ dist: true })
  return runInTerminal(node, [...nodeFlags, join(root, 'dist/cli/main.js'), ...args], {
    env: process.env,
  })
})
