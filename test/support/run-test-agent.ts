/** The `run` command over test components, as a process of its own: `node run-test-agent.ts CONFIG`. */
import { runAsProcess } from '../../src/cli/process.ts'
import { run } from '../../src/cli/run.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Journal, testCatalogue } from './test-components.ts'

/** Says on standard output what happens, and does wrong what the names of components ask for. */
class SpokenJournal extends Journal {
  override component(id: string) {
    const component = super.component(id)
    return {
      async start() {
        await component.start()
        console.log(`start ${id}`)
        if (id === 'otlp/no_source')
          throw Object.assign(new Error('refused'), { code: 'NETTRACER_ERR_OBJECT_LOAD' })
        if (id === 'otlp/broken') throw new Error('broken')
      },
      async shutdown() {
        await component.shutdown()
        console.log(`stop ${id}`)
        if (id === 'otlp/slow') await new Promise(() => {})
      },
    }
  }
}

const config = process.argv[2] ?? ''
await runAsProcess(() => run(() => loadConfig([config], testCatalogue(new SpokenJournal()), {})))
