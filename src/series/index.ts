export {
  type Instant,
  type PeerName,
  type SeriesSettings,
  type SeriesStats,
  SeriesStore,
} from './store.ts'
export { defaultSelection, type SelectedMetric } from './view.ts'
