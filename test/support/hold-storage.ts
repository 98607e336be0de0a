// Holds a directory as the extension `file_storage` does, until it is killed.
import { DirectoryLock } from '../../src/extension/file_storage/lock.ts'

const [, , directory = ''] = process.argv
const lock = await DirectoryLock.acquire(directory, 0)
console.log(lock === undefined ? 'taken by another' : 'held')
setInterval(() => {}, 60_000)
