import { NettracerError } from '../shared/errors.ts'

export function badArguments(problem: string): NettracerError {
  return new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `${problem}; see nettracer --help`)
}
