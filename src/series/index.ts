export type { Instant } from './instant.ts'
export type { Collected } from './report.ts'
export {
  type SeriesSettings,
  type SeriesStats,
  SeriesStore,
} from './store.ts'
export {
  attributesOf,
  defaultSelection,
  isDefault,
  type SelectedMetric,
  type SeriesAttribute,
  type SeriesAttributes,
  seriesAttributes,
} from './view.ts'
