import { networkInterfaces } from 'node:os'

/** Of the interfaces that are up and no loopback. */
export function hostAddresses(): string[] {
  return outside().map(({ address }) => address)
}

/** Likewise, as OpenTelemetry writes them: `AC-DE-48-23-45-67`. */
export function hardwareAddresses(): string[] {
  const macs = outside()
    .map(({ mac }) => mac.toUpperCase().replaceAll(':', '-'))
    .filter((mac) => mac !== '00-00-00-00-00-00')
  return [...new Set(macs)]
}

function outside() {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
}
