// `sudo npm start [-- ARGS]`: prepares what is missing, then runs `nettracer ARGS`.

import { join } from 'node:path'
import { runInTerminal } from './child.js'
import { requireKernelTypes, requireRoot } from './machine.js'
import { prepare, root, run } from './prepare.js'

const args = process.argv.slice(2)

await run(async () => {
  requireRoot('npm start')
  requireKernelTypes(args)
  const { node } = await prepare({ dist: true })
  return runInTerminal(node, [join(root, 'dist/cli/main.js'), ...args], { env: process.env })
})
