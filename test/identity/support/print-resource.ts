// Prints the resource attributes of a process: node print-resource.ts PID
import { Identity } from '../../../src/identity/index.ts'
import { keyOf } from './processes.ts'

const identity = new Identity()
const { resource, mode } = identity.resourceOf(keyOf(Number(process.argv[2])))
process.stdout.write(JSON.stringify({ mode, attributes: resource.attributes }))
