import { ConfigError, formatIssue } from '../config/issue.ts'
import type { LoadedConfig } from '../config/load.ts'
import { Service } from '../service/service.ts'
import { messageOf } from '../shared/errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { writeLog } from './output.ts'
import { Signals } from './signals.ts'

interface Running {
  readonly config: LoadedConfig
  readonly service: Service
}

/**
 * `nettracer run`: until SIGTERM or SIGINT.
 *
 * @param load reads the configuration, again for each reload
 * @throws what keeps it from starting
 */
export async function run(load: () => LoadedConfig): Promise<ExitCode> {
  const signals = new Signals()
  let running = await start(load())
  // Components may hold nothing that keeps the process alive.
  const alive = setInterval(() => {}, 2 ** 30)
  try {
    while ((await signals.next()) === 'reload') running = await reload(load, running)
    await running.service.stop()
    return exitCodes.fine
  } finally {
    clearInterval(alive)
  }
}

async function start(config: LoadedConfig): Promise<Running> {
  const service = new Service(config, { env: process.env, writeLog })
  for (const warning of config.warnings) {
    service.logger.warn('configuration', { warning: formatIssue(warning) })
  }
  await service.start()
  return { config, service }
}

/** The new configuration if it is good, else the old one. @throws if neither starts any more */
async function reload(load: () => LoadedConfig, old: Running): Promise<Running> {
  const { logger } = old.service
  let config: LoadedConfig
  try {
    config = load()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const issue of error.issues) {
      logger.error('not reloaded, the old configuration goes on', { error: formatIssue(issue) })
    }
    return old
  }
  logger.info('reloading the configuration')
  await old.service.stop()
  try {
    return await start(config)
  } catch (error) {
    const message = 'the new configuration does not start, back to the old one'
    logger.error(message, { error: messageOf(error) })
    return start(old.config)
  }
}
