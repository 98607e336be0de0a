import type { ReceiverFactory } from '../../config/component.ts'
import type { Source } from '../../source/source.ts'
import { type NettracerConfig, nettracerConfig, onlyTemporality, remarksOn } from './config.ts'
import { NettracerReceiver } from './receiver.ts'

export const nettracerFactory: ReceiverFactory<NettracerConfig> = {
  type: 'nettracer',
  stability: 'alpha',
  description: 'Every TCP connection of this host, read from the kernel through eBPF or netlink.',
  config: nettracerConfig,
  remarks: remarksOn,
  temporality: (config) => {
    const only = onlyTemporality(config)
    return only && { only, because: `profile: ${config.profile}` }
  },
  hasLogs: true,
  onlyFor: {
    close_records: 'logs',
    metrics: 'metrics',
    profile: 'metrics',
    series_limit: 'metrics',
    series_expiration: 'metrics',
  },
  create: (settings, config, outlets, logs) =>
    new NettracerReceiver(settings, config, { metrics: outlets, logs }, { createSource }),
}

/** Loaded when it is needed only: the addon must not be, to check a configuration. */
async function createSource(config: NettracerConfig): Promise<Source> {
  const sources = await import('../../source/index.ts')
  return sources.createSource({
    source: config.source,
    hasResponseTimes: config.response_time,
    hasNames: config.peers.dns.enabled,
    nat: config.peers.nat.enabled,
    hasDatagrams: config.transports.includes('udp'),
  })
}
