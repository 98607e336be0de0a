import { createHash } from 'node:crypto'
import { layoutHash, recordStructs } from '../generated/records.ts'
import { messageOf, NettracerError } from '../shared/errors.ts'
import type { Tracer } from './addon.ts'

/** @throws NettracerError if object and decoder do not belong together: their numbers would be wrong */
export function checkLayout(tracer: Tracer): void {
  const hash = createHash('sha256').update(tracer.layout(recordStructs)).digest('hex')
  if (hash === layoutHash) return
  throw new NettracerError(
    'NETTRACER_ERR_LAYOUT_MISMATCH',
    'the BPF object and the decoder were built from different records: build both again with `make` and `npm run build`',
  )
}

/** Why BPF cannot be used here, with what to do, from what opening it threw. */
export function explainOpenError(thrown: unknown): NettracerError {
  if (!(thrown instanceof Error))
    return new NettracerError('NETTRACER_ERR_OBJECT_LOAD', messageOf(thrown))
  if (thrown instanceof NettracerError) return thrown
  const code =
    'code' in thrown ? (thrown.code as NettracerError['code']) : 'NETTRACER_ERR_OBJECT_LOAD'
  return new NettracerError(code, thrown.message, { cause: thrown })
}
