// `sudo npm start [-- ARGS]`: prepares what is missing, then runs `nettracer ARGS`.

import { join } from 'node:path'
import { runInTerminal } from './child.js'
import { remarkOnBpf, requireLinux } from './machine.js'
import { prepare, root, run } from './prepare.js'
import { say } from './step.js'

const args = process.argv.slice(2)
/** As in the first line of src/cli/main.ts: it keeps 40 MB less under load (`npm run bench`). */
const nodeFlags = ['--max-semi-space-size=1']

await run(async () => {
  requireLinux()
  const remark = remarkOnBpf(args)
  if (remark !== undefined) say(remark)
  const { node } = await prepare({ dist: true })
  return runInTerminal(node, [...nodeFlags, join(root, 'dist/cli/main.js'), ...args], {
    env: process.env,
  })
})
