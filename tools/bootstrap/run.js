// `node tools/bootstrap/run.js COMMAND [ARGS]`: prepares what is missing, then runs a command with the
// right Node and the packages' commands in its PATH. Without a command it only prepares and builds.

import { runInTerminal } from './child.js'
import { prepare, root, run } from './prepare.js'

const [command, ...args] = process.argv.slice(2)

await run(async () => {
  const { env } = await prepare({ dist: command === undefined })
  return command === undefined ? 0 : runInTerminal(command, args, { env, cwd: root })
})
