/** Where components keep what must survive the process: what an extension such as `file_storage` lends. */
export interface Storage {
  /**
   * @param owner kind, id and signal of the component, e.g. `exporter otlp/2 metrics`; what it keeps is its own
   * @throws the system's error where the disk cannot be used now: later it may; NettracerError if it is open for that owner
   */
  open(owner: string): Promise<StorageClient>
  /** Most bytes that an owner may keep. It is the owner that holds to it. */
  readonly maxBytes: number
  /** ms after which what is kept is worth nothing any more. It is the owner that holds to it. */
  readonly maxAgeMs: number
}

/** What is known of something kept without reading it. */
export interface StoredItem {
  /** Grows from one to the next, over restarts as well. */
  readonly sequence: number
  /** Data points or log records in it. */
  readonly items: number
  /** Size of the body. */
  readonly bytes: number
  /** Wall clock, when it was made. */
  readonly timeMs: number
}

/** What one owner keeps: finished bytes, in the order in which they came. */
export interface StorageClient {
  /** What an earlier run left, oldest first. */
  readonly left: readonly StoredItem[]
  /** Keeps all of it or nothing. @throws the system's error */
  append(body: Uint8Array, about: Pick<StoredItem, 'items' | 'timeMs'>): Promise<StoredItem>
  /** @throws DamagedItemError if it is not what was kept; the system's error if it cannot be read */
  read(item: StoredItem): Promise<Uint8Array>
  /** @throws the system's error; that it is gone already is none */
  remove(item: StoredItem): Promise<void>
  close(): Promise<void>
}

/** What was read is not what was written. */
export class DamagedItemError extends Error {
  override readonly name = 'DamagedItemError'
}
