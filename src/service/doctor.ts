import type { LoadedConfig } from '../config/load.ts'
import { inspectRuntimes } from '../identity/container/inspect.ts'
import { messageOf } from '../shared/errors.ts'
import { type Finding, inspectSource } from '../source/index.ts'
import { version } from './version.ts'

export type { Finding } from '../source/index.ts'

const askTimeoutMs = 10_000
const maxLine = 64 * 1024
const maxFigures = 200

/** Looks at this machine, and at the agent that runs on it by this configuration, if there is one. */
export async function diagnose(config: LoadedConfig): Promise<Finding[]> {
  const program = {
    name: 'program',
    isOk: true,
    detail: `otel-nettracer ${version}, Node.js ${process.version}, ${process.arch}`,
  }
  return [
    program,
    ...(await inspectSource()),
    ...(await inspectContainers()),
    ...(await inspectAgent(config)),
  ]
}

/** Whose names containers have. None is fine: there may be no containers. */
export async function inspectContainers(): Promise<Finding[]> {
  const name = 'containers'
  const found = await inspectRuntimes()
  if (found.length === 0) return [{ name, isOk: true, detail: 'no runtime found' }]
  const fix = 'run as root, or as a member of the group of the socket'
  return found.map(({ path, isOk, detail }) => ({
    name,
    isOk,
    detail: `${path}: ${detail}`,
    ...(isOk ? {} : { fix }),
  }))
}

/** The own metrics of a running agent, from its `prometheus` exporter. */
export async function inspectAgent(config: LoadedConfig): Promise<Finding[]> {
  const name = 'running agent'
  const url = pageOf(config)
  if (url === undefined) {
    return [{ name, isOk: true, detail: 'not asked: no prometheus exporter without TLS in use' }]
  }
  try {
    const figures = await readOwnFigures(url)
    const found = figures.length > 0 ? `${figures.length} own metrics` : 'no own metrics yet'
    return [
      { name, isOk: true, detail: `answers at ${url}: ${found}` },
      ...figures.map((detail) => ({ name: 'own metric', isOk: true, detail })),
    ]
  } catch (error) {
    return [{ name, isOk: true, detail: `none at ${url}: ${causeOf(error)}` }]
  }
}

function pageOf({ exporters, service }: LoadedConfig): string | undefined {
  const used = new Set(Object.values(service.pipelines).flatMap((one) => one.exporters))
  return [...exporters.values()]
    .filter(({ id, factory }) => factory.type === 'prometheus' && used.has(id))
    .map(({ config }) => pageAt(config))
    .find((url) => url !== undefined)
}

function pageAt(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null || !('endpoint' in config)) return undefined
  if ('tls' in config && config.tls !== undefined) return undefined
  const [, host, port] = /^(.*):(\d+)$/.exec(String(config.endpoint)) ?? []
  const isAny = ['', '0.0.0.0', '[::]'].includes(host ?? '')
  return port === undefined ? undefined : `http://${isAny ? '127.0.0.1' : host}:${port}/metrics`
}

/** Reads the page line by line: with many series it is large, and only a few lines are wanted. */
async function readOwnFigures(url: string): Promise<string[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(askTimeoutMs) })
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
  const figures: string[] = []
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of response.body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLine) throw new Error('an answer that is no page of metrics')
    for (const line of lines) if (isOwn(line)) figures.push(shortened(line))
    if (figures.length > maxFigures) break
  }
  return figures
}

function isOwn(line: string): boolean {
  return line.startsWith('nettracer_exporter_') || line.startsWith('nettracer_coverage')
}

/** `name{attributes} value` without the labels that all of them share. */
function shortened(line: string): string {
  return line
    .replaceAll(/(job|instance|otel_scope_\w+)="[^"]*",?/g, '')
    .replace(/,?\}/, '}')
    .replace('{}', '')
}

/** `fetch failed` has the reason one level down. */
function causeOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
}
