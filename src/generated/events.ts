// Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit.

export interface EventDefinition<Name extends string = string> {
  readonly name: Name
  readonly description: string
  readonly attributes: readonly EventAttributeName[]
}

export type EventAttributeName =
  | 'network.transport'
  | 'network.type'
  | 'nettracer.role'
  | 'server.port'
  | 'server.address'
  | 'network.peer.address'
  | 'nettracer.peer.scope'
  | 'server.service.name'
  | 'server.service.namespace'
  | 'client.service.name'
  | 'client.service.namespace'
  | 'nettracer.peer.k8s.namespace.name'
  | 'nettracer.peer.k8s.service.name'
  | 'nettracer.peer.k8s.deployment.name'
  | 'nettracer.peer.k8s.statefulset.name'
  | 'nettracer.peer.k8s.daemonset.name'
  | 'nettracer.peer.k8s.cronjob.name'
  | 'nettracer.peer.k8s.job.name'
  | 'nettracer.peer.k8s.pod.name'
  | 'nettracer.peer.k8s.node.name'
  | 'server.as.number'
  | 'server.as.organization.name'
  | 'server.geo.country.iso_code'
  | 'client.as.number'
  | 'client.as.organization.name'
  | 'client.geo.country.iso_code'
  | 'nettracer.close.reason'
  | 'error.type'
  | 'nettracer.drop.reason'
  | 'network.local.address'
  | 'network.local.port'
  | 'network.peer.port'
  | 'client.address'
  | 'client.port'
  | 'nettracer.errno'
  | 'nettracer.fin_tx'
  | 'nettracer.fin_rx'
  | 'nettracer.rst_tx'
  | 'nettracer.rst_rx'
  | 'nettracer.connection.start_time'
  | 'nettracer.connection.adopted'
  | 'nettracer.connection.duration'
  | 'nettracer.connect.duration'
  | 'nettracer.bytes_tx'
  | 'nettracer.bytes_rx'
  | 'nettracer.pkts_tx'
  | 'nettracer.pkts_rx'
  | 'nettracer.pkts_retr'
  | 'nettracer.pkts_retr_syn'
  | 'nettracer.rtt'
  | 'nettracer.rtt_variance'
  | 'nettracer.rtt_min'
  | 'nettracer.netns'
  | 'nettracer.left_out'

export type EventName = 'nettracer.connection' | 'nettracer.close_records.left_out'

/** Log records. */
export const events: { readonly [Name in EventName]: EventDefinition<Name> } = {
  'nettracer.connection': {
    name: 'nettracer.connection',
    description: 'A connection that ended, or an attempt that failed.',
    attributes: [
      'network.transport',
      'network.type',
      'network.local.address',
      'network.local.port',
      'network.peer.address',
      'network.peer.port',
      'client.address',
      'client.port',
      'server.address',
      'server.port',
      'nettracer.role',
      'nettracer.peer.scope',
      'server.service.name',
      'server.service.namespace',
      'client.service.name',
      'client.service.namespace',
      'nettracer.peer.k8s.namespace.name',
      'nettracer.peer.k8s.service.name',
      'nettracer.peer.k8s.deployment.name',
      'nettracer.peer.k8s.statefulset.name',
      'nettracer.peer.k8s.daemonset.name',
      'nettracer.peer.k8s.cronjob.name',
      'nettracer.peer.k8s.job.name',
      'nettracer.peer.k8s.pod.name',
      'nettracer.peer.k8s.node.name',
      'server.as.number',
      'server.as.organization.name',
      'server.geo.country.iso_code',
      'client.as.number',
      'client.as.organization.name',
      'client.geo.country.iso_code',
      'nettracer.close.reason',
      'error.type',
      'nettracer.errno',
      'nettracer.fin_tx',
      'nettracer.fin_rx',
      'nettracer.rst_tx',
      'nettracer.rst_rx',
      'nettracer.connection.start_time',
      'nettracer.connection.adopted',
      'nettracer.connection.duration',
      'nettracer.connect.duration',
      'nettracer.bytes_tx',
      'nettracer.bytes_rx',
      'nettracer.pkts_tx',
      'nettracer.pkts_rx',
      'nettracer.pkts_retr',
      'nettracer.pkts_retr_syn',
      'nettracer.rtt',
      'nettracer.rtt_variance',
      'nettracer.rtt_min',
      'nettracer.netns',
    ],
  },
  'nettracer.close_records.left_out': {
    name: 'nettracer.close_records.left_out',
    description: 'Close records that there was no room for.',
    attributes: ['nettracer.drop.reason', 'nettracer.left_out'],
  },
}
