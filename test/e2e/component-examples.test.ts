import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent } from '../support/agent.ts'

const root = new URL('../../', import.meta.url).pathname
const files = globSync('examples/components/*.yaml', { cwd: root }).toSorted()

/** A network of its own, with nothing in it: no port is taken and no backend answers. */
const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']

test.each(files.map((file) => [basename(file, '.yaml'), file]))(
  'the example of %s runs as it stands',
  async (_name, file) => {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-example-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const agent = await Agent.start({
      config: readFileSync(join(root, file), 'utf8'),
      env: { METRICS_FILE: join(folder, 'metrics.jsonl'), QUEUE_FOLDER: join(folder, 'queue') },
      through: alone,
    })
    expect(agent.stderr).not.toMatch(/ (WARN|ERROR) /)
    // Throws unless it ends with 0.
    await agent.stop()
  },
)
