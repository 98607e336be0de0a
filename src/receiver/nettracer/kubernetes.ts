import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import type { ComponentSettings } from '../../config/component.ts'
import { readPlainYaml } from '../../config/plain-yaml.ts'
import {
  type AccessSource,
  type ExtractionRule,
  isInPod,
  Kubernetes,
  kubeconfigAccess,
  serviceAccountAccess,
} from '../../identity/kubernetes/index.ts'
import type { KubernetesConfig } from './kubernetes-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

export function isKubernetesWanted(
  { enabled }: KubernetesConfig,
  environment: Environment = process.env,
): boolean {
  return enabled === 'true' || (enabled === 'auto' && isInPod(environment))
}

/** @param serviceLabels whether `app.kubernetes.io/*` labels may name a pod's service */
export function createKubernetes(
  component: ComponentSettings,
  config: KubernetesConfig,
  serviceLabels: boolean,
  environment: Environment = process.env,
): Kubernetes {
  const api = apiAccess(config, environment)
  const nodeName = nodeNameOf(config, environment)
  const { wait_for_metadata: waits, wait_for_metadata_timeout: waitMs } = config
  return new Kubernetes({
    api,
    kubelet: config.pods_from === 'kubelet' ? kubeletAccess(config, api, nodeName) : undefined,
    kubeletIntervalMs: config.kubelet_interval,
    nodeName,
    clusterName: config.cluster_name,
    extraction: {
      metadata: new Set<string>(config.extract.metadata),
      labels: config.extract.labels.map(readRule),
      annotations: config.extract.annotations.map(readRule),
      otelAnnotations: config.extract.otel_annotations,
      serviceLabels,
    },
    hasPeers: config.peers,
    waitMs: waits ? waitMs : 0,
    userAgent: `otel-nettracer/${component.version}`,
    logger: component.telemetry.logger,
    health: component.telemetry.health,
  })
}

function apiAccess(config: KubernetesConfig, environment: Environment): AccessSource {
  if (config.auth_type === 'serviceAccount') return serviceAccountAccess(environment)
  const { KUBECONFIG: named = '' } = environment
  const [first = ''] = named.split(':')
  const path = config.kubeconfig ?? (first === '' ? join(homedir(), '.kube', 'config') : first)
  return kubeconfigAccess({ path, context: config.context, parse: readPlainYaml })
}

/** Whoever the API server believes, the kubelet does: it asks there. */
function kubeletAccess(config: KubernetesConfig, api: AccessSource, node: string): AccessSource {
  const server = `https://${config.kubelet_endpoint ?? `${node}:10250`}`
  const isUnverified = config.kubelet_insecure_skip_verify
  return () => ({ ...api(), server, isUnverified, serverName: undefined })
}

function nodeNameOf({ filter }: KubernetesConfig, environment: Environment): string {
  const { node, node_from_env_var: variable } = filter
  const named = variable === undefined ? undefined : environment[variable]
  const found = [node, named, environment['K8S_NODE_NAME'], environment['KUBE_NODE_NAME']]
  return found.find((name) => name !== undefined && name !== '') ?? hostname()
}

function readRule(rule: KubernetesConfig['extract']['labels'][number]): ExtractionRule {
  const { tag_name: tagName, key, key_regex: expression } = rule
  return { tagName, key, keyRegex: expression === undefined ? undefined : new RegExp(expression) }
}
