import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPlainYaml } from '../../../src/config/plain-yaml.ts'
import { isInPod, serviceAccountAccess } from '../../../src/identity/kubernetes/access.ts'
import { kubeconfigAccess } from '../../../src/identity/kubernetes/kubeconfig.ts'

let folder = ''
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nettracer-access-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('in a pod, the API server and the service account are those that Kubernetes gives it', () => {
  file('token', 'first\n')
  file('ca.crt', 'authority')
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }
  const access = serviceAccountAccess(environment, folder)
  expect(access()).toEqual({ server: 'https://[fd00::1]:6443', ca: 'authority', token: 'first' })

  file('token', 'second')
  expect(access().token).toBe('second')
})

test('what is missing is named', () => {
  expect(() => serviceAccountAccess({}, folder)()).toThrow(/KUBERNETES_SERVICE_HOST is not set/)
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }
  expect(() => serviceAccountAccess(environment, folder)()).toThrow(/ca\.crt cannot be read/)
})

test('the agent is in a pod if there are both a server and a token', () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }
  expect(isInPod(environment, folder)).toBe(false)
  file('token', 'x')
  expect([isInPod(environment, folder), isInPod({}, folder)]).toEqual([true, false])
})

const kubeconfig = (user: string, more = '') => `
apiVersion: v1
kind: Config
current-context: main
contexts:
- {name: main, context: {cluster: here, user: me}}
- {name: other, context: {cluster: there, user: me}}
- {name: broken, context: {cluster: nowhere, user: me}}
clusters:
- name: here
  cluster: {server: 'https://10.0.0.1:6443/', certificate-authority-data: ${Buffer.from('authority').toString('base64')}}
- name: there
  cluster: {server: 'https://there/k8s', insecure-skip-tls-verify: true, tls-server-name: api}
${more}
users:
- {name: me, user: ${user}}
`
const read = (user: string, context?: string) =>
  kubeconfigAccess({ path: file('config', kubeconfig(user)), context, parse: readPlainYaml })()

test('a kubeconfig gives server, authority and token', () => {
  expect(read('{token: abc}')).toEqual({
    server: 'https://10.0.0.1:6443',
    ca: 'authority',
    cert: undefined,
    key: undefined,
    token: 'abc',
    serverName: undefined,
    isUnverified: false,
  })
})

test('another context is another server', () => {
  expect(read('{token: abc}', 'other')).toMatchObject({
    server: 'https://there/k8s',
    serverName: 'api',
    isUnverified: true,
  })
})

test('files are read beside it', () => {
  file('cert.pem', 'certificate')
  file('token', 'from a file\n')
  const key = Buffer.from('key').toString('base64')
  const user = `{client-certificate: cert.pem, client-key-data: ${key}, tokenFile: token}`
  expect(read(user)).toMatchObject({ cert: 'certificate', key: 'key', token: 'from a file' })
})

test.each([
  ['a context that is not there', '{token: a}', 'none', /there is no none in its contexts/],
  ['a cluster that is not there', '{token: a}', 'broken', /there is no nowhere in its clusters/],
  ['a program to run', '{exec: {command: aws}}', undefined, /exec would run another program/],
  ['a file that is not there', '{tokenFile: none}', undefined, /none cannot be read/],
])('%s is an error that says so', (_, user, context, message) => {
  expect(() => read(user, context)).toThrow(message)
})

test.each(['', '[]', 'text', '{contexts: 7}', '{current-context: a, contexts: [{name: a}]}'])(
  'what is no kubeconfig is an error: %j',
  (text) => {
    const path = file('config', text)
    expect(() => kubeconfigAccess({ path, parse: readPlainYaml })()).toThrow(/there is no/)
  },
)

test('a server without TLS would be told the token', () => {
  const text = kubeconfig('{token: a}').replace('https://10.0.0.1:6443/', 'http://10.0.0.1')
  const path = file('config', text)
  expect(() => kubeconfigAccess({ path, parse: readPlainYaml })()).toThrow(/no https:\/\/ server/)
})
