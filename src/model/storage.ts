/** Where components keep what must survive the process: what an extension such as `file_storage` lends. */
export interface Storage {
  /**
   * @param owner kind, id and signal of the component, e.g. `exporter otlp/2 metrics`; what it keeps is its own
   * @throws if it cannot be opened, or is open for that owner
   */
  open(owner: string): Promise<StorageClient>
}

/** What one owner keeps, by key, as the Collector's storage client. */
export interface StorageClient {
  /** `undefined`: nothing is kept under that key, or what is kept is damaged. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Writes all or none of it. A value `undefined` removes the key. @throws if it cannot be written */
  write(changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void>
  close(): Promise<void>
}
