import { expect, test } from 'vitest'
import { ownerOf } from '../../../src/identity/kubernetes/owner.ts'

const owned = (kind: string, name: string, labels: Record<string, string> = {}) => ({
  name: 'pod-1',
  labels,
  ownerReferences: [
    { kind: 'Other', name: 'other', uid: 'u0' },
    { kind, name, uid: 'u1', controller: true },
  ],
})

test.each([
  {
    what: 'a deployment, through its replica set',
    metadata: owned('ReplicaSet', 'web-front-5d4f8c7b9d', { 'pod-template-hash': '5d4f8c7b9d' }),
    name: 'web-front',
    attributes: {
      'replicaset.name': 'web-front-5d4f8c7b9d',
      'replicaset.uid': 'u1',
      'deployment.name': 'web-front',
    },
  },
  {
    what: 'a replica set without a deployment',
    metadata: owned('ReplicaSet', 'web-front'),
    name: 'web-front',
    attributes: { 'replicaset.name': 'web-front', 'replicaset.uid': 'u1' },
  },
  {
    what: 'a replica set that something else made, with a hash of its own',
    metadata: owned('ReplicaSet', 'web-6789', { 'rollouts-pod-template-hash': '6789' }),
    name: 'web-6789',
    attributes: { 'replicaset.name': 'web-6789', 'replicaset.uid': 'u1' },
  },
  {
    what: 'a cron job, through its job',
    metadata: owned('Job', 'backup-29381234'),
    name: 'backup',
    attributes: { 'job.name': 'backup-29381234', 'job.uid': 'u1', 'cronjob.name': 'backup' },
  },
  {
    what: 'a job of its own',
    metadata: owned('Job', 'migrate-7'),
    name: 'migrate-7',
    attributes: { 'job.name': 'migrate-7', 'job.uid': 'u1' },
  },
  {
    what: 'a stateful set',
    metadata: owned('StatefulSet', 'db'),
    name: 'db',
    attributes: { 'statefulset.name': 'db', 'statefulset.uid': 'u1' },
  },
  {
    what: 'a daemon set',
    metadata: owned('DaemonSet', 'agent'),
    name: 'agent',
    attributes: { 'daemonset.name': 'agent', 'daemonset.uid': 'u1' },
  },
  {
    what: 'a mirror pod, which belongs to its node',
    metadata: owned('Node', 'node-1'),
    name: 'pod-1',
    attributes: {},
  },
  { what: 'nobody', metadata: { name: 'pod-1' }, name: 'pod-1', attributes: {} },
  {
    what: 'nobody that can be read',
    metadata: { name: 'pod-1', ownerReferences: [null, 7, { kind: {}, name: [] }] },
    name: 'pod-1',
    attributes: {},
  },
])('the owner is $what', ({ metadata, name, attributes }) => {
  expect(ownerOf(metadata)).toEqual({ name, attributes })
})
