import type { WriteSettings } from './requests.ts'

/** How OTLP is written: both have the same fields. */
export type Encoding = 'proto' | 'json'

/** A signal in one encoding. */
export interface Wire<Batch> {
  /** Encodes a batch as requests of a limited size, giving others a turn in between. */
  write(batch: Batch, settings: WriteSettings): Promise<void>
}
