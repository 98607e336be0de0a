import { parse } from 'yaml'

/**
 * Reads YAML, or JSON, of another program: a kubeconfig. No variables, no places of errors.
 *
 * @throws at what is neither
 */
export function readPlainYaml(text: string): unknown {
  return parse(text, { maxAliasCount: 100, uniqueKeys: false, logLevel: 'error' })
}
