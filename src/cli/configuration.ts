import { fileURLToPath } from 'node:url'
import { asSource, readEnvironment } from '../config/environment.ts'
import { ConfigError } from '../config/issue.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { registry } from '../service/registry.ts'

/** Beside `src/` as beside `dist/`. */
const embeddedConfig = fileURLToPath(new URL('../../config/embedded.yaml', import.meta.url))

/**
 * Loads what the arguments name; without any the embedded configuration, with what the OTEL_* variables say.
 *
 * @throws ConfigError with everything that is wrong
 */
export function loadConfiguration(configs: readonly string[]): LoadedConfig {
  if (configs.length > 0) return loadConfig(configs, registry, process.env)
  const environment = readEnvironment(process.env)
  const { errors, warnings } = environment
  try {
    const config = loadConfig([embeddedConfig, asSource(environment)], registry, process.env)
    if (errors.length === 0) return { ...config, warnings: [...warnings, ...config.warnings] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(error.code, [...errors, ...error.issues])
  }
  throw new ConfigError('NETTRACER_ERR_CONFIG_INVALID', errors)
}
