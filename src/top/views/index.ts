import type { Grouping } from '../reading.ts'
import type { View } from '../view.ts'
import { connectionView } from './connection.ts'
import { listenerView } from './listener.ts'
import { peerView } from './peer.ts'
import { processView } from './process.ts'

export const views: Readonly<Record<Grouping, View>> = {
  process: processView,
  connection: connectionView,
  peer: peerView,
  listener: listenerView,
}
