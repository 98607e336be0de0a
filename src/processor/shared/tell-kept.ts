import type { ComponentSettings } from '../../config/component.ts'

/** Says, once a minute at most, that points kept their attributes. */
export function tellKept({ telemetry }: ComponentSettings): (points: number) => void {
  return (points) => {
    const message =
      'Points that would be the same and cannot be added up keep the attributes they had: leave such metrics out, or choose attributes in the receiver'
    telemetry.logger.limited('warn', 'points_kept', message, { points })
  }
}
