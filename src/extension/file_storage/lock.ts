import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isSystemError } from './disk-errors.ts'

const LOCK = 'lock'
const PAUSE_MS = 50

/**
 * Holds a directory for one process: a unix socket in it that somebody listens on. The kernel closes it with the process
 * however that ends, and it tells of the holder across containers, where process ids mean nothing.
 */
export class DirectoryLock {
  readonly #directory: string
  readonly #server: Server
  readonly #handle: FileHandle

  private constructor(directory: string, server: Server, handle: FileHandle) {
    this.#directory = directory
    this.#server = server
    this.#handle = handle
  }

  /** @returns `undefined` if another process held it all the time. @throws the system's error */
  static async acquire(directory: string, timeoutMs: number): Promise<DirectoryLock | undefined> {
    // The path of a socket has 107 bytes at most; that of a directory may be longer.
    const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
    const near = `/proc/self/fd/${handle.fd}`
    const own = `${LOCK}-${randomUUID()}`
    let server: Server | undefined
    try {
      server = await listen(`${near}/${own}`)
      if (await take(near, own, timeoutMs)) return new DirectoryLock(directory, server, handle)
    } catch (error) {
      await close(server, handle)
      throw error
    } finally {
      await unlink(join(directory, own)).catch(() => undefined)
    }
    await close(server, handle)
    return undefined
  }

  async release(): Promise<void> {
    await unlink(join(this.#directory, LOCK)).catch(() => undefined)
    await close(this.#server, this.#handle)
  }
}

async function take(near: string, own: string, timeoutMs: number): Promise<boolean> {
  const giveUp = performance.now() + timeoutMs
  for (;;) {
    try {
      await link(`${near}/${own}`, `${near}/${LOCK}`)
      return true
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error
    }
    if (await isHeld(`${near}/${LOCK}`)) {
      if (performance.now() >= giveUp) return false
      await sleep(PAUSE_MS)
    } else {
      await setAside(near, own)
    }
  }
}

/** Removes the lock of a process that is gone, unless another one was quicker and has made its own. */
async function setAside(near: string, own: string): Promise<void> {
  const aside = `${near}/${own}.gone`
  try {
    await rename(`${near}/${LOCK}`, aside)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return
    throw error
  }
  if (await isHeld(aside)) await link(aside, `${near}/${LOCK}`).catch(() => undefined)
  await unlink(aside)
}

async function isHeld(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      resolve(!isSystemError(error, 'ECONNREFUSED', 'ENOENT', 'ENOTSOCK'))
    })
  })
}

async function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => resolve(server))
    server.unref()
  })
}

async function close(server: Server | undefined, handle: FileHandle): Promise<void> {
  await new Promise<void>((resolve) => {
    if (server === undefined) resolve()
    else server.close(() => resolve())
  })
  await handle.close()
}
