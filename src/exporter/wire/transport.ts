import type { WireRequest } from './requests.ts'

/** How one attempt to send a request went. */
export type Attempt =
  | { readonly outcome: 'sent'; readonly rejectedItems: number; readonly message: string }
  /** The backend will never take it. */
  | { readonly outcome: 'refused'; readonly message: string }
  /** The backend takes no request of that size. */
  | { readonly outcome: 'too_large'; readonly message: string }
  /** It may be taken later; `retryAfterMs` is the least the backend wants us to wait, 0 if it said nothing. */
  | { readonly outcome: 'failed'; readonly message: string; readonly retryAfterMs: number }

/** A way to a backend: what an exporter of finished requests adds to encoding, queue and retries. */
export interface Transport {
  /** Within its own time limit; ends early when the signal aborts. Never rejects. */
  attempt(request: WireRequest, signal: AbortSignal): Promise<Attempt>
  /** Attempts under way end as they would, or fail so that they are tried again on a new one. */
  close(): void
}
