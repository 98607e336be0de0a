import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { ComponentSettings } from '../../config/component.ts'
import type { Flow } from '../../connection/flow.ts'
import type { Increment } from '../../connection/increment.ts'
import type { Listener } from '../../connection/listener.ts'
import type { ProcessKey } from '../../connection/process.ts'
import { redactCommandLine } from '../../identity/command-line.ts'
import { ContainerRuntimes } from '../../identity/container/runtimes.ts'
import { NameDirectory } from '../../identity/dns/directory.ts'
import { Identity } from '../../identity/index.ts'
import { Kubernetes } from '../../identity/kubernetes/index.ts'
import { Peers, type ScopedFlow } from '../../identity/peer.ts'
import { readHostAddresses } from '../../identity/peer-scope.ts'
import type { LogsConsumer, MetricsOutlet } from '../../model/component.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { type Instant, SeriesStore } from '../../series/index.ts'
import { CloseRecords } from './close-records/close-records.ts'
import { Companions } from './companions.ts'
import { type NettracerConfig, onlyTemporality } from './config.ts'
import { createKubernetes, isKubernetesWanted } from './kubernetes.ts'
import { selectMetrics } from './metrics-config.ts'
import { createNames } from './names.ts'
import { peerAttributes } from './peer-attributes.ts'
import { peersSettings } from './peers-config.ts'
import { SynCookieCounters } from './syn-cookies.ts'

/** Where the receiver's pipelines begin. */
export interface ReceiverOutlets {
  readonly metrics: readonly MetricsOutlet[]
  /** `undefined` if no logs pipeline names the receiver: then the kernel does not tell of single ends. */
  readonly logs: LogsConsumer | undefined
}

export interface ReportingSettings {
  readonly component: ComponentSettings
  readonly config: NettracerConfig
  readonly outlets: ReceiverOutlets
  readonly now: () => Instant
  readonly procRoot?: string
  /** From where those go on whose section of the configuration did not change. */
  readonly companions?: Companions
}

/** What becomes of readings by one configuration, and who gets it. */
export class Reporting {
  readonly config: NettracerConfig
  readonly outlets: ReceiverOutlets
  /** To be started before the source and stopped behind the last collection. */
  readonly companions: Companions
  /** `undefined` where it is not asked. */
  readonly kubernetes: Kubernetes | undefined
  /** `undefined` if no runtime is to be asked. */
  readonly containers: ContainerRuntimes | undefined
  readonly identity: Identity
  readonly peers: Peers
  /** `undefined` if no names of DNS are wanted. */
  readonly names: NameDirectory | undefined
  readonly series: SeriesStore
  readonly closeRecords: CloseRecords | undefined
  /** `undefined` if they are not wanted. */
  readonly synCookies: SynCookieCounters | undefined
  readonly #settings: ReportingSettings
  /** The only one, whatever an outlet wants. */
  readonly #temporality: Temporality | undefined

  /** @param before what reported until now: from it goes on what does not change. It must not be used any more */
  constructor(settings: ReportingSettings, before?: Reporting) {
    const { config, outlets } = settings
    this.#settings = settings
    this.config = config
    this.outlets = outlets
    this.#temporality = onlyTemporality(config)
    this.companions = new Companions(settings.component.telemetry, settings.companions)
    this.kubernetes = this.#keepKubernetes()
    this.containers = this.#keepContainers()
    this.identity =
      before !== undefined && isSame(ofIdentity(before.config), ofIdentity(config))
        ? before.identity
        : this.#createIdentity()
    this.names = this.#keepNames()
    this.peers = this.#peersAfter(before)
    this.series =
      before !== undefined && this.#isCountedAlike(before)
        ? before.series
        : this.#createSeries(before)
    this.synCookies = this.#wantsSynCookies()
      ? (before?.synCookies ?? new SynCookieCounters(settings.procRoot))
      : undefined
    this.closeRecords = outlets.logs && this.#createCloseRecords(outlets.logs, before?.closeRecords)
  }

  /**
   * Ends an interval and hands on what it was: part by part, each worked off before the next is made, so that many series
   * are never all in memory as points.
   */
  async report(instant: Instant): Promise<void> {
    for (const cookies of this.synCookies?.collect() ?? []) this.series.synCookies(cookies)
    for (const collected of this.series.collectParts(instant)) {
      for (const { consumer, temporality } of this.outlets.metrics) {
        const metrics: Metrics | undefined = collected.get(this.#temporality ?? temporality)
        if (metrics !== undefined && metrics.points > 0) consumer.consume(metrics)
      }
      await nextTurn()
      await Promise.all(this.outlets.metrics.flatMap(({ consumer }) => consumer.caughtUp?.() ?? []))
    }
  }

  #keepContainers(): ContainerRuntimes | undefined {
    const { containers } = this.config
    const { enabled, endpoints, labels } = containers
    if (enabled === false) return undefined
    const { logger, health } = this.#settings.component.telemetry
    const settings = { endpoints, labels, isWanted: enabled === true, logger, health }
    const make = () => new ContainerRuntimes(settings)
    return this.companions.keep('containers', containers, ContainerRuntimes, make)
  }

  #keepNames(): NameDirectory | undefined {
    const { dns } = this.config.peers
    if (!dns.enabled && !dns.reverse_lookups.enabled) return undefined
    const scopeOf = (address: Pick<ScopedFlow, 'remoteAddress'>) =>
      this.peers.scopeOf({ ...address, isSameHost: false })
    const make = () => createNames(dns, scopeOf, this.#settings.procRoot)
    return this.companions.keep('peers.dns', dns, NameDirectory, make)
  }

  connection(increment: Increment): void {
    this.#tellPort(increment.flow)
    this.series.connection(increment)
  }

  listener(listener: Listener): void {
    this.#tellPort(listener.flow)
    this.series.listener(listener)
    this.peers.listening(listener)
  }

  /** Rules may ask for the ports of a process. */
  #tellPort({ role, process, servicePort }: Flow): void {
    if (role === 'server') this.identity.serves(process, servicePort)
  }

  /** What was learnt of addresses until now stays known, unless they are named otherwise. */
  #peersAfter(before: Reporting | undefined): Peers {
    const { config } = this
    const isNamedAlike =
      before?.identity === this.identity && isSame(before.config.peers, config.peers)
    const peers = isNamedAlike ? before.peers : this.#createPeers()
    peers.use({ dns: this.names, cluster: this.kubernetes?.peers })
    return peers
  }

  #createPeers(): Peers {
    const { config, component, procRoot } = this.#settings
    const { identity } = this
    const settings = {
      ...peersSettings(config.peers),
      look: (process: ProcessKey) => {
        const { resource, isAlive } = identity.resourceOf(process)
        return { attributes: resource.attributes, isAlive }
      },
      logger: component.telemetry.logger,
      ...(procRoot !== undefined && { procRoot }),
    }
    return new Peers(settings, readHostAddresses())
  }

  get #temporalities(): Set<Temporality> {
    return new Set(this.outlets.metrics.map((one) => this.#temporality ?? one.temporality))
  }

  #wantsSynCookies(): boolean {
    const { metrics, profile } = this.config
    return selectMetrics(metrics, profile).some(({ name }) => name.includes('syn_cookies'))
  }

  #isCountedAlike(before: Reporting): boolean {
    return isSame(
      [counted(this.config), [...this.#temporalities].toSorted()],
      [counted(before.config), [...before.#temporalities].toSorted()],
    )
  }

  #keepKubernetes(): Kubernetes | undefined {
    const { component, config } = this.#settings
    const { kubernetes, identity } = config
    if (!isKubernetesWanted(kubernetes)) return undefined
    const { kubernetes_labels: hasLabels } = identity
    const make = () => createKubernetes(component, kubernetes, hasLabels)
    return this.companions.keep('kubernetes', [kubernetes, hasLabels], Kubernetes, make)
  }

  #createIdentity(): Identity {
    const { component, config, procRoot } = this.#settings
    return new Identity({
      commandLine: shownCommandLine(config),
      kubernetesLabels: config.identity.kubernetes_labels,
      refreshMs: config.identity.refresh,
      pods: this.kubernetes?.pods,
      rules: config.identity.rules,
      containers: this.containers,
      logger: component.telemetry.logger,
      ...(procRoot !== undefined && { procRoot }),
    })
  }

  #createCloseRecords(logs: LogsConsumer, before: CloseRecords | undefined): CloseRecords {
    const { component, config, now } = this.#settings
    const settings = {
      config: config.close_records,
      scope: { name: 'otel-nettracer', version: component.version },
      hostResource: hostResource(this.identity, component.version),
      resourceOf: (process: ProcessKey) => this.identity.resourceOf(process).resource,
      peerOf: (flow: Flow) => this.peers.peerOf(flow),
      now,
    }
    return new CloseRecords(settings, logs, before)
  }

  #createSeries(before: Reporting | undefined): SeriesStore {
    const { component, config, now } = this.#settings
    const { metrics, profile, attributes } = config
    const selected = selectMetrics(metrics, profile, attributes)
    const wanted = new Set<string>(selected.flatMap((metric) => [...metric.attributes]))
    const series = new SeriesStore({
      metrics: selected,
      temporalities: this.#temporalities,
      limit: config.series_limit,
      ranking: config.series_ranking,
      expirationMs: config.series_expiration,
      scope: { name: 'otel-nettracer', version: component.version },
      start: before?.series.lastCollection ?? now(),
      hostResource: hostResource(this.identity, component.version),
      exemplarTime: config.exemplars.enabled ? () => now().time : undefined,
      resourceOf: (process) => this.identity.resourceOf(process).resource,
      // Where the process is unknown nobody can say that it is gone.
      isAlive: (process) => process.pid === 0 || this.identity.resourceOf(process).isAlive,
      peerOf: (flow, held) => peerAttributes(this.peers, wanted, flow, held),
      namesEpoch: () => this.peers.epoch,
    })
    if (before !== undefined) {
      series.takeOver(before.series, isSame(before.config.peers, config.peers))
    }
    return series
  }
}

/** What decides who a process is. */
function ofIdentity(config: NettracerConfig): unknown {
  const { resource_attributes: attributes, identity, kubernetes, containers } = config
  return [attributes, identity, kubernetes, containers]
}

/** What decides how readings become series. */
function counted(config: NettracerConfig): unknown {
  const {
    align_collections: _alignment,
    collection_interval: _interval,
    close_records: _records,
    ...rest
  } = config
  return rest
}

/** What the loader makes of a configuration is plain: equal texts are equal configurations. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** `undefined` if command lines are not wanted. */
function shownCommandLine({ resource_attributes: attributes }: NettracerConfig) {
  const { enabled, redact } = attributes['process.command_line']
  const patterns = redact.map((pattern) => new RegExp(pattern, 'gu'))
  return enabled ? (args: readonly string[]) => redactCommandLine(args, patterns) : undefined
}

/** Of what belongs to no process: refused connection attempts, and the overflow. */
function hostResource({ host }: Identity, version: string): Resource {
  const instance = host['host.id'] ?? host['host.name']
  return resourceFromAttributes({
    'service.name': 'otel-nettracer',
    'service.version': version,
    ...(instance !== undefined && { 'service.instance.id': instance }),
    ...host,
  })
}
