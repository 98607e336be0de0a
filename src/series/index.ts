export type { Collected } from './report.ts'
export {
  type Instant,
  type PeerName,
  type SeriesSettings,
  type SeriesStats,
  SeriesStore,
} from './store.ts'
export { defaultSelection, isDefault, type SelectedMetric } from './view.ts'
