import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Settings of a unit, each with all that was given to it, in order. */
export function readUnit(path: string): Map<string, string[]> {
  const settings = new Map<string, string[]>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, key, value] = /^([A-Z]\w*)=(.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    settings.set(key, [...(settings.get(key) ?? []), value])
  }
  return settings
}

export function wordsOf(unit: Map<string, string[]>, key: string): string[] {
  return (unit.get(key) ?? []).flatMap((value) => value.split(' '))
}

/** Names of system calls that lines of `SystemCallFilter` leave, as systemd itself takes its groups apart. */
export function allowedCalls(lines: readonly string[]): string[] {
  const groups = readGroups()
  const expand = (name: string): string[] =>
    name.startsWith('@') ? (groups.get(name) ?? []).flatMap(expand) : [name]
  const allowed = new Set(expand('@default'))
  for (const line of lines) {
    const isRefused = line.startsWith('~')
    for (const name of line.replace('~', '').split(' ').flatMap(expand)) {
      if (isRefused) allowed.delete(name)
      else allowed.add(name)
    }
  }
  return [...allowed].toSorted()
}

function readGroups(): Map<string, string[]> {
  const text = execFileSync('systemd-analyze', ['--no-pager', 'syscall-filter'], {
    encoding: 'utf8',
    env: { ...process.env, SYSTEMD_COLORS: '0' },
  })
  const groups = new Map<string, string[]>()
  let members: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('@')) groups.set(line.trim(), (members = []))
    else if (/^ {4}[@\w]/.test(line)) members.push(line.trim())
  }
  return groups
}

/** Numbers of address families, from include/linux/socket.h. */
const families: Readonly<Record<string, number>> = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
}

export function familyNumbers(names: readonly string[]): number[] {
  return names.map((name) => {
    const family = families[name]
    if (family === undefined) throw new Error(`${name} has no number here`)
    return family
  })
}
