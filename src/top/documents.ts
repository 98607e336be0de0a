import type { Owner } from './reading.ts'
import { bitsPerSecond, retransmissionPercent, type Tally } from './tally.ts'

/** Fields of an owner in the JSON document; docs/top.md tells them. */
export function ownerFields(owner: Owner): object {
  return {
    service: owner.service,
    executable: owner.executable,
    pid: owner.pid === 0 ? null : owner.pid,
    container_id: owner.containerId ?? null,
    systemd_unit: owner.systemdUnit ?? null,
  }
}

/** Counts of an interval. */
export function tallyFields(tally: Tally, seconds: number): object {
  return {
    connections_open: tally.open,
    connections_opened: tally.opened,
    connections_closed: tally.closed,
    connections_failed: tally.failed,
    ...trafficFields(tally, seconds),
    rtt_avg_ms: millisecondsOf(tally.rttAverageMs),
    rtt_max_ms: millisecondsOf(tally.rttMaxMs),
  }
}

export function trafficFields(
  counts: Pick<Tally, 'bytesRx' | 'bytesTx' | 'pktsTx' | 'pktsRetr'>,
  seconds: number,
): object {
  const { bytesRx, bytesTx, pktsTx, pktsRetr } = counts
  const rate = (bytes: number) => Math.round(bitsPerSecond(bytes, seconds))
  return {
    rx_bytes: bytesRx,
    tx_bytes: bytesTx,
    rx_bits_per_second: rate(bytesRx),
    tx_bits_per_second: rate(bytesTx),
    tx_segments: pktsTx,
    retransmitted_segments: pktsRetr,
    retransmission_percent: rounded(retransmissionPercent(counts)),
  }
}

/** `null` for what is not known. */
export function millisecondsOf(ms: number): number | null {
  return Number.isFinite(ms) ? rounded(ms) : null
}

export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
