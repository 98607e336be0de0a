/**
 * Records what the running kernel says of sockets over netlink, for tests: `sudo node tools/record-netlink.ts`. Writes the
 * answers to dumps and the events of a namespace of its own to test/source/fixtures/netlink/.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, release } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSocketDiag, type SocketDiag } from '../src/source/inet-diag-addon.ts'
import { readMessages } from '../src/source/inet-diag-message.ts'
import {
  connectionStates,
  destroyGroups,
  dumpRequest,
  listenState,
} from '../src/source/inet-diag-requests.ts'

const name = `nettracer-record-${process.pid}`
const folder = new URL('../test/source/fixtures/netlink/', import.meta.url)
const script = fileURLToPath(new URL('record-netlink.py', import.meta.url))
const sequence = 1

async function readDump(diag: SocketDiag, states: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let request: Uint8Array | undefined = dumpRequest(states, sequence)
  for (;;) {
    const into = new Uint8Array(64 << 10)
    const part = into.subarray(0, await diag.dump(request, into))
    parts.push(part)
    request = undefined
    if (readMessages(part, sequence, () => {}).isDone) return Buffer.concat(parts)
  }
}

async function record(): Promise<void> {
  const diag = createSocketDiag()
  diag.open({ path: `/run/netns/${name}`, receiveBytes: 1 << 20, groups: destroyGroups })
  const child = spawn('ip', ['netns', 'exec', name, 'python3', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ports: unknown = JSON.parse((await lines.next()).value ?? '{}')
  const listeners = await readDump(diag, listenState)
  const connections = await readDump(diag, connectionStates)
  child.stdin.write('\n')
  await lines.next()
  // The kernel tells of ends a moment after they happened.
  await setTimeout(200)
  const into = new Uint8Array(64 << 10)
  const events = into.slice(0, diag.drain(into))
  child.stdin.end('\n')
  diag.close()

  mkdirSync(folder, { recursive: true })
  for (const [file, bytes] of Object.entries({ listeners, connections, events })) {
    writeFileSync(new URL(`${file}.bin`, folder), bytes)
  }
  const about = { kernel: release(), arch: arch(), sequence, ports }
  writeFileSync(new URL('about.json', folder), `${JSON.stringify(about, null, 2)}\n`)
}

execFileSync('ip', ['netns', 'add', name])
try {
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  await record()
} finally {
  execFileSync('ip', ['netns', 'delete', name])
}
