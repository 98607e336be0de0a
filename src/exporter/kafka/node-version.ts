import { NettracerError } from '../../shared/errors.ts'

/** What the client of Kafka asks for; the agent asks for less. */
const OLDEST = [22, 22] as const

/**
 * @param version of Node.js, `22.15.0`
 * @throws NettracerError if it is too old for the client of Kafka
 */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldest, oldestMinor] = OLDEST
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return
  throw new NettracerError(
    'NETTRACER_ERR_CONFIG_INVALID',
    `the exporter kafka needs Node.js ${OLDEST.join('.')} or newer, this is ${version}`,
  )
}
