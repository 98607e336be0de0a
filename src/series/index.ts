export type { Instant } from './instant.ts'
export type { Collected } from './report.ts'
export {
  type PeerName,
  type SeriesSettings,
  type SeriesStats,
  SeriesStore,
} from './store.ts'
export { defaultSelection, isDefault, type SelectedMetric } from './view.ts'
