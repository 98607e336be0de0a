import type { Increment } from '../connection/increment.ts'

/** What connections did in one interval, summed. */
export class Tally {
  /** Open at the end of the interval. */
  open = 0
  opened = 0
  closed = 0
  failed = 0
  /** Payload bytes. */
  bytesTx = 0
  bytesRx = 0
  /** Segments sent, without retransmissions. */
  pktsTx = 0
  pktsRetr = 0
  /** RTT readings in µs: one of each connection that was active. */
  rttCount = 0
  rttSumUs = 0
  rttMaxUs = 0

  add(increment: Increment): void {
    this.opened += increment.opened
    this.closed += increment.closed
    this.failed += increment.failed
    this.bytesTx += increment.bytesTx
    this.bytesRx += increment.bytesRx
    this.pktsTx += increment.pktsTx
    this.pktsRetr += increment.pktsRetr
    if (increment.srttUs >= 0) this.addRtt(increment.srttUs)
  }

  addRtt(us: number): void {
    this.rttCount += 1
    this.rttSumUs += us
    this.rttMaxUs = Math.max(this.rttMaxUs, us)
  }

  addAll(other: Tally): void {
    this.open += other.open
    this.opened += other.opened
    this.closed += other.closed
    this.failed += other.failed
    this.bytesTx += other.bytesTx
    this.bytesRx += other.bytesRx
    this.pktsTx += other.pktsTx
    this.pktsRetr += other.pktsRetr
    this.rttCount += other.rttCount
    this.rttSumUs += other.rttSumUs
    this.rttMaxUs = Math.max(this.rttMaxUs, other.rttMaxUs)
  }

  get bytes(): number {
    return this.bytesTx + this.bytesRx
  }

  /** NaN without a reading. */
  get rttAverageMs(): number {
    return this.rttSumUs / this.rttCount / 1000
  }

  /** NaN without a reading. */
  get rttMaxMs(): number {
    return this.rttCount === 0 ? Number.NaN : this.rttMaxUs / 1000
  }

  /** Share of retransmissions in the segments sent; 0 if none was. */
  get retransmissionPercent(): number {
    return retransmissionPercent(this)
  }
}

/** Share of retransmissions in the segments sent; 0 if none was. */
export function retransmissionPercent(counts: Pick<Tally, 'pktsTx' | 'pktsRetr'>): number {
  const sent = counts.pktsTx + counts.pktsRetr
  return sent === 0 ? 0 : (counts.pktsRetr / sent) * 100
}

export function bitsPerSecond(bytes: number, seconds: number): number {
  return seconds > 0 ? (bytes * 8) / seconds : 0
}
