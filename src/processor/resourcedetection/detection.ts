import type { Attributes } from '@opentelemetry/api'
import { messageOf } from '../../shared/errors.ts'
import type { Logger } from '../../telemetry/telemetry.ts'
import type { ResourceDetectionConfig } from './config.ts'
import { detectorsByName, type Surroundings } from './detectors.ts'
import { withinTime } from './within-time.ts'

/**
 * Asks all detectors at the same time. One that fails or takes too long adds nothing, and the log says so.
 *
 * @returns what they found; of equal attributes that of the first detector in the list
 */
export async function detect(
  config: ResourceDetectionConfig,
  around: Surroundings,
  logger: Logger,
): Promise<Attributes> {
  const found = await Promise.all(
    config.detectors.map(async (name) => {
      try {
        return await withinTime(detectorsByName[name](config, around), config.timeout)
      } catch (error) {
        const fields = { detector: name, error: messageOf(error) }
        logger.limited('warn', `detector_${name}`, 'a detector found nothing', fields)
        return {}
      }
    }),
  )
  return Object.assign({}, ...found.toReversed())
}
