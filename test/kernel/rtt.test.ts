import { expect, test } from 'vitest'
import { createNamespace, execIn } from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { connectPair, startPair, type TcpInfo } from '../support/traffic.ts'

/** `rtt:SMOOTHED/VARIANCE` of `ss -ti`, in ms with three digits. */
function rttOf(output: string): { srttUs: number; rttVarianceUs: number } {
  const [, rtt, variance] = /\brtt:([\d.]+)\/([\d.]+)/.exec(output) ?? []
  return {
    srttUs: Math.round(Number(rtt) * 1000),
    rttVarianceUs: Math.round(Number(variance) * 1000),
  }
}

test('the RTT and its variance are those of TCP_INFO and of ss, at both ends', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await connectPair(pair)

  await Promise.all([
    client.run('for _ in range(50): send(s, 3000); receive(s, 10)'),
    server.run('for _ in range(50): receive(c, 3000); send(c, 10)'),
  ])
  const readInfos = async () => [
    await client.run<TcpInfo>('tcp_info(s)'),
    await server.run<TcpInfo>('tcp_info(c)'),
  ]
  // Until nothing moves any more: the last acknowledgement may be delayed.
  for (;;) {
    const before = await readInfos()
    await seen.collect()
    const ss = [
      await execIn(namespace, 'ss', '-tinH', 'dport', '=', `:${port}`),
      await execIn(namespace, 'ss', '-tinH', 'sport', '=', `:${port}`),
    ]
    const after = await readInfos()
    if (JSON.stringify(before) !== JSON.stringify(after)) continue

    const readings = [client, server].map(({ pid }) => seen.of({ pid, port }).at(-1))
    expect(readings).toMatchObject(
      after.map(({ rtt, rttVariance }) => ({ srttUs: rtt, rttVarianceUs: rttVariance })),
    )
    expect(readings).toMatchObject(ss.map(rttOf))
    return
  }
})
