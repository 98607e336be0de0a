import type { EndedConnection } from '../../../connection/ended.ts'
import { closeReasons } from '../../../connection/increment.ts'
import type { CloseRecordsConfig } from './config.ts'

/** Whether it ended otherwise than by the FINs of both sides. */
export function isError({ closeReason, failureType }: EndedConnection): boolean {
  const reason = closeReasons[closeReason]
  return failureType !== 0 || (reason !== 'local_fin' && reason !== 'remote_fin')
}

/** Whether the configuration wants a record of it. */
export function isWanted(end: EndedConnection, { sampling, slow }: CloseRecordsConfig): boolean {
  if (sampling === 'all' || isError(end)) return true
  return sampling === 'slow' && isSlow(end, slow)
}

/** A figure that is not known is not slow. */
function isSlow(end: EndedConnection, slow: CloseRecordsConfig['slow']): boolean {
  const { startTime, establishedTime, endTime, flow } = end
  const reaches = (value: number | undefined, threshold: number, scale = 1) =>
    value !== undefined && threshold > 0 && value >= threshold * scale
  const { pktsTx = 0, pktsRetr = 0 } = end
  const sent = pktsTx + pktsRetr
  return (
    reaches(nsBetween(establishedTime, endTime), slow.duration, 1e6) ||
    (flow.role === 'client' &&
      reaches(nsBetween(startTime, establishedTime), slow.connect_duration, 1e6)) ||
    reaches(end.srttUs, slow.rtt, 1e3) ||
    reaches(sent > 0 ? (100 * pktsRetr) / sent : undefined, slow.retr_percentage)
  )
}

/** In ns; `undefined` where one end is not known. */
export function nsBetween(from: bigint | undefined, to: bigint | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Number(to - from)
}
