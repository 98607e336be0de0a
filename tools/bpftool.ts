import { existsSync, globSync } from 'node:fs'

/** Ubuntu's `bpftool` is a wrapper that wants the running kernel's own package; the real one stands beside it. */
export function findBpftool(): string {
  const places = ['/usr/sbin/bpftool', '/sbin/bpftool', '/usr/bin/bpftool']
  const ubuntu = globSync('/usr/lib/linux-tools*/**/bpftool')
  return [...ubuntu, ...places].find((place) => existsSync(place)) ?? 'bpftool'
}
