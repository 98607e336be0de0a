import type { Points } from '../support/agent-points.ts'
import {
  type Ending,
  type Exchange,
  late,
  older,
  open,
  ports,
  refused,
  short,
} from './guest/plan.ts'

/** Of one end of the connections to one port. */
interface Figures {
  readonly opened: number
  readonly active: number
  readonly sent: number
  readonly received: number
  readonly closed: Readonly<Record<string, number>>
}

const total = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const ended = (ending: Ending): number => short.filter((one) => one.ending === ending).length

/** Sums by one attribute. */
function sumsBy(points: Points, name: string, attribute: string): Record<string, number> {
  const values = points
    .named(name)
    .last()
    .map(({ attributes }) => attributes[attribute] ?? '')
  return Object.fromEntries(
    [...new Set(values)].map((value) => [value, points.where({ [attribute]: value }).total(name)]),
  )
}

function figuresOf(points: Points): Figures {
  return {
    opened: points.total('nettracer.connections.opened'),
    active: points.total('nettracer.connections.active'),
    sent: points.total('nettracer.bytes_tx'),
    received: points.total('nettracer.bytes_rx'),
    closed: sumsBy(points, 'nettracer.connections.closed', 'nettracer.close.reason'),
  }
}

/** What the agent reported of the plan. */
export function reported(points: Points) {
  const at = (role: string, port: number): Figures =>
    figuresOf(points.where({ 'nettracer.role': role, 'server.port': String(port) }))
  const ends = (port: number) => ({ client: at('client', port), server: at('server', port) })
  return {
    short: ends(ports.short),
    open: ends(ports.open),
    older: ends(ports.older),
    failed: sumsBy(points, 'nettracer.connections.failed', 'error.type'),
    failedByPort: sumsBy(points, 'nettracer.connections.failed', 'server.port'),
    all: {
      opened: points.total('nettracer.connections.opened'),
      closed: points.total('nettracer.connections.closed'),
    },
  }
}

/** Of a connection that is open still. */
function openEnds({ request, answer }: Exchange, opened: number) {
  const common = { opened, active: 1, closed: {} }
  return {
    client: { ...common, sent: request, received: answer },
    server: { ...common, sent: answer, received: request },
  }
}

const requests = total(short.map(({ request }) => request))
const answers = total(short.map(({ answer }) => answer))

/** What the plan says that it must report. */
export const planned: ReturnType<typeof reported> = {
  short: {
    client: {
      opened: short.length,
      active: 0,
      sent: requests,
      received: answers,
      closed: {
        local_fin: ended('client'),
        remote_fin: ended('server'),
        local_reset: ended('client-reset'),
        remote_reset: ended('server-reset'),
      },
    },
    server: {
      opened: short.length,
      active: 0,
      sent: answers,
      received: requests,
      closed: {
        local_fin: ended('server'),
        remote_fin: ended('client'),
        local_reset: ended('server-reset'),
        remote_reset: ended('client-reset'),
      },
    },
  },
  open: openEnds(open, 1),
  older: openEnds(older.after, 0),
  failed: { refused: refused + 1 },
  failedByPort: { [ports.none]: refused, [ports.gone]: 1 },
  all: { opened: 2 * (short.length + 1 + late.length), closed: 2 * short.length },
}

/**
 * What the netlink source has as well. Of a connection that was aborted between two dumps it knows neither role
 * nor bytes, of other short ones no client's process (docs/sources.md).
 */
export function counted({ short, open, older, failed, all }: ReturnType<typeof reported>) {
  const { opened, active, closed, sent } = short.server
  const server = { opened, active, sent, closed: total(Object.values(closed)) }
  return { server, open, older, failed: total(Object.values(failed)), all }
}

/** Values of the time to accept, by the server's port. */
export function accepted(points: Points): Record<string, number> {
  return sumsBy(points, 'nettracer.accept.duration', 'server.port')
}

/** One each; a connection older than the agent has none. */
export const plannedToAccept: ReturnType<typeof accepted> = {
  [ports.short]: short.length,
  [ports.open]: 1,
  [ports.late]: late.length,
}

/** `name pid` of the processes that connections were opened by, or accepted. */
export function owners(points: Points, role: 'client' | 'server'): string[] {
  const resources = points
    .where({ 'nettracer.role': role })
    .named('nettracer.connections.opened')
    .resources()
  return resources.map((one) => `${one['process.executable.name']} ${one['process.pid']}`)
}

/** What grew between two texts of `/proc/net/snmp`. */
export function growth(snmp: readonly [before: string, after: string], counter: string): number {
  const [before = 0, after = 0] = snmp.map((text) => {
    const [names = [], values = []] = text
      .split('\n')
      .filter((line) => line.startsWith('Tcp:'))
      .map((line) => line.split(' '))
    return Number(values[names.indexOf(counter)])
  })
  return after - before
}
