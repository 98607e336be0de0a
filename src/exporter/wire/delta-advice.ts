/**
 * What to tell whoever configured deltas for a backend that wants totals, as Prometheus does.
 *
 * @param reason the backend's words
 * @returns fields for the log line of the failure; none if it failed for something else
 */
export function deltaAdvice(reason: string): { readonly advice?: string } {
  if (!/temporality|\bdeltas?\b/i.test(reason)) return {}
  return {
    advice:
      'the backend takes totals only: set temporality_preference: cumulative, or start Prometheus with --enable-feature=otlp-deltatocumulative',
  }
}
