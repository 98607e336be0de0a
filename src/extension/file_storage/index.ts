import type { ExtensionFactory } from '../../config/component.ts'
import { type FileStorageConfig, fileStorageConfig } from './config.ts'
import { FileStorage } from './extension.ts'

export const fileStorageFactory: ExtensionFactory<FileStorageConfig> = {
  type: 'file_storage',
  stability: 'beta',
  description: 'Keeps the queues of exporters on disk (`sending_queue.storage`).',
  config: fileStorageConfig,
  offers: ['storage'],
  remarks: ({ compaction }) =>
    compaction === undefined
      ? []
      : ['compaction does nothing here: a file is removed when its request was sent'],
  create: (settings, config) => new FileStorage(settings, config),
}
