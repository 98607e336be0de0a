import type { NettracerConfig } from './config.ts'
import { isSame, type ReceiverOutlets, type Reporting } from './reporting.ts'

/** Whether the source would be asked for nothing else. Keys that are not known here are the source's. */
export function isReadAlike(
  before: Reporting,
  config: NettracerConfig,
  { logs }: ReceiverOutlets,
): boolean {
  const hadLogs = before.outlets.logs !== undefined
  return isSame(ofSource(before.config), ofSource(config)) && hadLogs === (logs !== undefined)
}

function ofSource(config: NettracerConfig): unknown {
  const {
    align_collections: _alignment,
    collection_interval: _interval,
    profile: _profile,
    metrics: _metrics,
    attributes: _ofMetrics,
    resource_attributes: _attributes,
    series_limit: _limit,
    series_ranking: _ranking,
    series_expiration: _expiration,
    peers: { dns, nat },
    exemplars: _exemplars,
    identity: _identity,
    kubernetes: _kubernetes,
    containers: _containers,
    close_records: _records,
    ...rest
  } = config
  return { ...rest, hasNames: dns.enabled, nat }
}
