import type { Source } from '../../source/source.ts'
import type { Logger } from '../../telemetry/telemetry.ts'
import type { NettracerConfig } from './config.ts'

/** Says in the log what a source that has just started cannot tell, of what is wanted. */
export function tellRemarks(
  source: Source,
  { peers }: Pick<NettracerConfig, 'peers'>,
  logger: Pick<Logger, 'info' | 'warn'>,
): void {
  if (source.remark !== undefined) {
    const fields = { source: source.name, reason: source.remark }
    logger.warn('fewer figures: docs/sources.md has what is absent', fields)
  }
  if (peers.dns.enabled && source.health().answers === undefined) {
    logger.info('no names from DNS: they need the source ebpf and Linux 6.3')
  }
}
