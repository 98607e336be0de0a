import type {
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
} from './component.ts'
import { type Catalogue, type Components, checkTopLevel, readComponents } from './components.ts'
import { readWith } from './explain.ts'
import { checkExtensions } from './extensions.ts'
import { warnIdleKeys } from './idle-keys.ts'
import { type ConfigIssue, Issues } from './issue.ts'
import { emptyMap, type LocatedMap, toPlain } from './located.ts'
import { mergeMaps } from './merge.ts'
import { checkPipelines } from './pipelines.ts'
import { type ServiceConfig, serviceConfig } from './service-config.ts'
import { type ConfigSource, readSource } from './sources.ts'
import { type Environment, substitute } from './substitute.ts'
import { settleTemporality } from './temporality.ts'

/** A configuration that was read and found right. */
export interface LoadedConfig {
  readonly receivers: Components<ReceiverFactory>
  readonly processors: Components<ProcessorFactory>
  readonly exporters: Components<ExporterFactory>
  readonly extensions: Components<ExtensionFactory>
  readonly service: ServiceConfig
  /** All of it as it was written, merged, after substitution. */
  readonly written: LocatedMap
  readonly warnings: readonly ConfigIssue[]
  /** What it was read from. */
  readonly files: ReadonlySet<string>
}

/**
 * Reads, merges and checks a configuration. A text whose structure is broken is not checked further: only its
 * syntax errors are told.
 *
 * @param sources later ones lie over earlier ones
 * @param env for `${env:VAR}`
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig(
  sources: readonly ConfigSource[],
  catalogue: Catalogue,
  env: Environment,
): LoadedConfig {
  const issues = new Issues()
  const merged = readAll(sources, env, issues)
  if (merged === undefined) throw issues.toError()
  const written = substitute(merged, env, issues)

  checkTopLevel(written, issues)
  const loaded = {
    receivers: readComponents(written, 'receivers', catalogue.receivers, issues),
    processors: readComponents(written, 'processors', catalogue.processors, issues),
    exporters: readComponents(written, 'exporters', catalogue.exporters, issues),
    extensions: readComponents(written, 'extensions', catalogue.extensions, issues),
  }
  const service = readService(written, issues)
  checkPipelines(written, loaded, issues)
  checkExtensions(written, loaded, issues)
  if (service === undefined || issues.errors.length > 0) throw issues.toError()
  const exporters = settleTemporality({ ...loaded, service, written }, issues)
  if (issues.errors.length > 0) throw issues.toError()
  warnIdleKeys({ ...loaded, service, written }, issues)
  const { warnings, files } = issues
  return { ...loaded, exporters, service, written, warnings, files }
}

/** @returns `undefined` if one cannot be read, since all else would then seem to be wrong as well */
function readAll(
  sources: readonly ConfigSource[],
  env: Environment,
  issues: Issues,
): LocatedMap | undefined {
  const maps = sources.map((source) => readSource(source, env, issues))
  let merged: LocatedMap | undefined
  for (const map of maps) {
    if (map === undefined) return undefined
    merged = merged === undefined ? map : mergeMaps(merged, map)
  }
  return merged ?? emptyMap({ file: '(no configuration)', line: 1, column: 1 })
}

function readService(written: LocatedMap, issues: Issues): ServiceConfig | undefined {
  const section = written.entries.get('service')
  const isMissing = section === undefined || toPlain(section.value) === null
  const part = isMissing ? emptyMap(section?.key ?? written.place) : section.value
  return readWith(serviceConfig, part, ['service'], issues)?.config
}
