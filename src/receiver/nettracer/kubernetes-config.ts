import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration, optionalText } from '../../config/values.ts'

/** What of a pod may go into its resource, and whether it does by default. */
const metadata = {
  'k8s.namespace.name': true,
  'k8s.pod.name': true,
  'k8s.pod.uid': true,
  'k8s.pod.hostname': false,
  'k8s.pod.ip': false,
  'k8s.pod.start_time': false,
  'k8s.container.name': true,
  'k8s.node.name': true,
  'k8s.deployment.name': true,
  'k8s.replicaset.name': false,
  'k8s.replicaset.uid': false,
  'k8s.statefulset.name': true,
  'k8s.statefulset.uid': false,
  'k8s.daemonset.name': true,
  'k8s.daemonset.uid': false,
  'k8s.job.name': true,
  'k8s.job.uid': false,
  'k8s.cronjob.name': true,
  'k8s.cluster.name': true,
  'k8s.cluster.uid': true,
  'container.image.name': true,
  'container.image.tags': true,
  'container.image.repo_digests': false,
} as const

type MetadataName = keyof typeof metadata

const names = Object.keys(metadata) as MetadataName[]

const fullExpression = z.string().superRefine((text, context) => {
  try {
    void new RegExp(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'not a regular expression' })
  }
})

function rules(of: 'label' | 'annotation') {
  const rule = z
    .strictObject({
      tag_name: optionalText().describe(
        `The attribute's name; with \`key_regex\`, $1 is the first group. Default: \`k8s.pod.${of}.KEY\`.`,
      ),
      key: optionalText().describe(`Key of the ${of}.`),
      key_regex: fullExpression
        .optional()
        .describe(`Instead of \`key\`: an expression that must find the whole key of a ${of}.`),
      from: z
        .literal('pod', { error: 'must be pod: namespaces, nodes and owners are not read' })
        .default('pod')
        .describe('Whose it is.'),
      regex: unsupported('the whole value is taken'),
    })
    .refine(({ key, key_regex: regex }) => (key === undefined) !== (regex === undefined), {
      error: 'give either key or key_regex',
    })
  return z
    .array(rule)
    .max(32)
    .default([])
    .describe(`Those ${of}s of a pod that go into the resource. No others do.`)
}

export const kubernetesConfig = z
  .strictObject({
    enabled: z
      .enum(['auto', 'true', 'false'])
      .or(z.boolean().transform((is): 'true' | 'false' => (is ? 'true' : 'false')))
      .default('auto')
      .describe(
        'Whether Kubernetes is asked. `auto`: if the agent runs in a pod with a service account.',
      ),
    auth_type: z
      .enum(['serviceAccount', 'kubeConfig'], { error: 'must be serviceAccount or kubeConfig' })
      .default('serviceAccount')
      .describe(
        'Who the agent is to the API server: the service account of its pod, or the user of a kubeconfig.',
      ),
    context: optionalText().describe('Context of the kubeconfig. Default: its current one.'),
    kubeconfig: optionalText().describe(
      'File for `auth_type: kubeConfig`. Default: `KUBECONFIG`, else `~/.kube/config`.',
    ),
    pods_from: z
      .enum(['api', 'kubelet'], { error: 'must be api or kubelet' })
      .default('api')
      .describe(
        'Who tells of the pods of this node: the API server, at once and by a watch limited to the node, or the kubelet, each `kubelet_interval`, which spares the API server.',
      ),
    kubelet_endpoint: optionalText().describe(
      '`host:port` of the kubelet. Default: the node, port 10250.',
    ),
    kubelet_interval: duration
      .refine((ms) => ms >= 1000, { error: 'must be 1s or more' })
      .prefault('10s')
      .describe('How often the kubelet is asked.'),
    kubelet_insecure_skip_verify: z
      .boolean()
      .default(false)
      .describe("Do not check the kubelet's certificate, which is often one that it made itself."),
    cluster_name: optionalText().describe(
      '`k8s.cluster.name`: Kubernetes itself does not know it.',
    ),
    filter: z
      .strictObject({
        node: optionalText().describe('Name of this node.'),
        node_from_env_var: optionalText().describe(
          'Variable of the environment that has it. Default: `K8S_NODE_NAME`, `KUBE_NODE_NAME`, else the host name.',
        ),
        namespace: unsupported('all pods of the node are known'),
        fields: unsupported('all pods of the node are known'),
        labels: unsupported('all pods of the node are known'),
      })
      .prefault({})
      .describe('Which node this is.'),
    extract: z
      .strictObject({
        metadata: z
          .array(z.enum(names))
          .default(names.filter((name) => metadata[name]))
          .describe('What of a pod goes into the resource of its connections.'),
        labels: rules('label'),
        annotations: rules('annotation'),
        otel_annotations: z
          .boolean()
          .default(true)
          .describe(
            'Take `resource.opentelemetry.io/KEY` of a pod as the resource attribute KEY. Unlike in the Collector on by default, as the Operator does.',
          ),
        deployment_name_from_replicaset: unsupported('it is always taken from there'),
      })
      .prefault({})
      .describe('What is taken from pods.'),
    peers: z
      .boolean()
      .default(true)
      .describe(
        'Name the other side of connections: follow services, endpoint slices, pods and nodes of the whole cluster.',
      ),
    wait_for_metadata: z
      .boolean()
      .default(false)
      .describe('Begin to count only when the pods of this node are known.'),
    wait_for_metadata_timeout: duration
      .prefault('10s')
      .describe('How long at most; then it begins without.'),
    passthrough: unsupported('connections carry no address of a pod that another could look up'),
    pod_association: unsupported('a connection belongs to a process, and that to a container'),
    exclude: unsupported('all pods of the node are known'),
  })
  .prefault({})
  .describe(
    'Pods of this node and services of the cluster: docs/identity.md. Names as in the Collector’s k8sattributes.',
  )

/** Defaults filled in, durations in ms. */
export type KubernetesConfig = z.output<typeof kubernetesConfig>
