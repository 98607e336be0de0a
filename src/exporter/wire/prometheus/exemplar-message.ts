import type { Exemplar } from '../../../model/points.ts'
import { exemplarLabels } from './exemplar-labels.ts'
import type { Message } from './message.ts'

/** Writes labels as pairs of name and value, and the value: what a scrape and remote write 1.0 have alike. */
export function writeLabelsAndValue(message: Message, exemplar: Exemplar): void {
  for (const [name, value] of exemplarLabels(exemplar)) {
    message.nested(1, () => {
      message.string(1, name)
      message.string(2, value)
    })
  }
  message.double(2, exemplar.value)
}
