import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Architecture, ownArchitecture } from './architectures.ts'
import { DebianPackages, NotToBeHad } from './debian-packages.ts'

/** A kernel to boot. */
export interface KernelImage {
  /** `6.1.0-56-cloud-amd64` */
  readonly release: string
  readonly architecture: Architecture
  readonly kernel: string
  readonly modules: string
  readonly busybox: string
}

/**
 * Debian's newest cloud kernel of a series such as `6.1`, from build/kernels or else from the machine's mirror.
 * @throws NotToBeHad
 */
export function kernelImage(
  series: string,
  architecture: Architecture = ownArchitecture,
): KernelImage {
  const packages = new DebianPackages(architecture)
  const busybox = packages.unpacked('busybox', () => ['busybox-static'])
  const own = packages.unpacked(series, () => [newestKernel(packages, series)])
  const [name] = readdirSync(join(own, 'boot')).filter((file) => file.startsWith('vmlinuz-'))
  if (name === undefined) throw new NotToBeHad(`the package of Linux ${series} has no kernel`)
  const release = name.replace('vmlinuz-', '')
  return {
    release,
    architecture,
    kernel: join(own, 'boot', name),
    modules: join(
      own,
      existsSync(join(own, 'lib/modules')) ? 'lib/modules' : 'usr/lib/modules',
      release,
    ),
    busybox: join(busybox, existsSync(join(busybox, 'bin')) ? 'bin/busybox' : 'usr/bin/busybox'),
  }
}

function newestKernel(packages: DebianPackages, series: string): string {
  const version = series.replace('.', String.raw`\.`)
  const newest = packages
    .search(`^linux-image-${version}\\.[0-9].*-cloud-${packages.architecture}$`)
    // Backports to an older release have other packages and no other kernel.
    .filter((name) => !name.includes('deb11') && !name.includes('bpo'))
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1)
  if (newest === undefined) throw new NotToBeHad(`the mirror has no kernel ${series}`)
  return newest
}
