import { expect, test } from 'vitest'
import { type Rule, Rules, type Subject } from '../../../src/identity/rules/rules.ts'

const nginx: Subject = {
  executableName: 'nginx',
  executablePath: '/usr/sbin/nginx',
  arguments: 'nginx -c /etc/shop/nginx.conf',
  user: 'web',
  uid: 33,
  containerName: 'shop-web-1',
  systemdUnit: 'nginx@shop.service',
  ports: new Set([80, 443]),
}
const fits = (match: Rule['match'], subject: Partial<Subject> = {}) =>
  new Rules([{ match, set: { 'service.name': 'x' } }]).find({ ...nginx, ...subject }).size === 1

test.each<{ match: Rule['match']; is: boolean }>([
  { match: { executable: 'nginx' }, is: true },
  { match: { executable: 'ngin' }, is: false },
  { match: { executable: 'ng*' }, is: true },
  { match: { executable: 'ngin?' }, is: true },
  { match: { executable: '*/nginx' }, is: false },
  { match: { executable: '/usr/*/nginx' }, is: true },
  { match: { executable: '/*/nginx' }, is: false },
  { match: { executable: '/**/nginx' }, is: true },
  { match: { executable: '/usr/sbin/ngin.' }, is: false },
  { match: { command_line: '-c \\S*/shop/' }, is: true },
  { match: { command_line: '^-c' }, is: false },
  { match: { port: 443 }, is: true },
  { match: { port: 8080 }, is: false },
  { match: { user: 'web' }, is: true },
  { match: { user: 33 }, is: true },
  { match: { user: '33' }, is: true },
  { match: { user: 'root' }, is: false },
  { match: { container_name: 'shop-*' }, is: true },
  { match: { systemd_unit: 'nginx@*.service' }, is: true },
  { match: { executable: 'nginx', port: 443, user: 'web' }, is: true },
  { match: { executable: 'nginx', port: 1, user: 'web' }, is: false },
])('$match fits: $is', ({ match, is }) => {
  expect(fits(match)).toBe(is)
})

test('what is not known of a process fits no rule that asks for it', () => {
  const unknown: Partial<Subject> = {
    executablePath: undefined,
    arguments: undefined,
    user: undefined,
    uid: undefined,
    containerName: undefined,
    systemdUnit: undefined,
    ports: new Set(),
  }
  for (const match of [
    { executable: '/**' },
    { command_line: '' },
    { user: 'undefined' },
    { container_name: '*' },
    { systemd_unit: '*' },
    { port: 80 },
  ]) {
    expect([match, fits(match, unknown)]).toEqual([match, false])
  }
})

test('the first rule that fits counts, with all that it sets and nothing of others', () => {
  const rules = new Rules([
    { match: { executable: 'apache' }, set: { 'service.name': 'no' } },
    { match: { port: 80 }, set: { 'service.name': 'front', 'team.size': 3 } },
    { match: { executable: 'nginx' }, set: { 'service.name': 'late', 'service.namespace': 'n' } },
  ])
  expect(rules.find(nginx)).toEqual(
    new Map<string, unknown>([
      ['service.name', 'front'],
      ['team.size', 3],
    ]),
  )
  expect(rules).toMatchObject({ usePorts: true, useArguments: false })
  expect(rules.find({ ...nginx, executableName: 'x', ports: new Set() }).size).toBe(0)
})
