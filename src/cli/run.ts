import { ConfigError, formatIssue } from '../config/issue.ts'
import type { LoadedConfig } from '../config/load.ts'
import { Service } from '../service/service.ts'
import { ConfigWatch } from './config-watch.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { writeLog } from './output.ts'
import { Signals } from './signals.ts'

/**
 * `nettracer run`: until SIGTERM or SIGINT.
 *
 * @param load reads the configuration, again for each reload
 * @throws what keeps it from starting
 */
export async function run(load: () => LoadedConfig): Promise<ExitCode> {
  const signals = new Signals()
  const config = load()
  const watch = new ConfigWatch(() => signals.reload())
  // At once: what changes from now on is not in it.
  look(watch, config)
  const service = await start(config)
  // Components may hold nothing that keeps the process alive.
  const alive = setInterval(() => {}, 2 ** 30)
  try {
    while ((await signals.next()) === 'reload') await reload(load, service, watch)
    await service.stop()
    return exitCodes.fine
  } finally {
    clearInterval(alive)
    watch.watch([], undefined)
  }
}

async function start(config: LoadedConfig): Promise<Service> {
  const service = new Service(config, { env: process.env, writeLog })
  tellWarnings(config, service)
  await service.start()
  return service
}

/** To the new configuration if it is good, else the old one goes on. @throws if neither starts any more */
async function reload(
  load: () => LoadedConfig,
  service: Service,
  watch: ConfigWatch,
): Promise<void> {
  const { logger } = service
  let config: LoadedConfig
  try {
    config = load()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    service.refused()
    for (const issue of error.issues) {
      logger.error('not reloaded, the old configuration goes on', { error: formatIssue(issue) })
    }
    return
  }
  look(watch, config)
  tellWarnings(config, service)
  if ((await service.reload(config)) === 'failed') look(watch, service.config)
}

function look(watch: ConfigWatch, { files, service }: LoadedConfig): void {
  watch.watch(files, service.reload.on_change ? service.reload.interval : undefined)
}

function tellWarnings({ warnings }: LoadedConfig, { logger }: Service): void {
  for (const warning of warnings) logger.warn('configuration', { warning: formatIssue(warning) })
}
