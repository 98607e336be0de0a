import { expect } from 'vitest'
import type { Link } from './agent-traffic.ts'

const chunk = 10_000

/** Traffic that goes on until it is ended: the client sends, the server takes, on one connection. */
export async function flood(traffic: Link): Promise<{ end: () => Promise<number> }> {
  const { client, server } = traffic
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await server.run('taker = in_thread(lambda: globals().update(taken=receive(c)))')
  await client.run(
    'sent, goes_on = 0, True',
    'def flood():',
    '    global sent',
    '    while goes_on:',
    `        sent += send(s, ${chunk})`,
    '        time.sleep(0.005)',
    'flooder = in_thread(flood)',
  )
  const end = async () => {
    const sent = await client.run<number>('goes_on = False', 'flooder.join(); s.close()', 'sent')
    expect(await server.run<number>('taker.join(); c.close()', 'taken')).toBe(sent)
    return sent
  }
  return { end }
}
