import type { Catalogue } from '../config/components.ts'
import { consoleFactory } from '../exporter/console/index.ts'
import { debugFactory } from '../exporter/debug/index.ts'
import { fileFactory } from '../exporter/file/index.ts'
import { kafkaFactory } from '../exporter/kafka/index.ts'
import { otlpFactory } from '../exporter/otlp/index.ts'
import { otlpHttpFactory } from '../exporter/otlphttp/index.ts'
import { prometheusFactory } from '../exporter/prometheus/index.ts'
import { remoteWriteFactory } from '../exporter/prometheusremotewrite/index.ts'
import { fileStorageFactory } from '../extension/file_storage/index.ts'
import { healthCheckFactory } from '../extension/health_check/index.ts'
import { pprofFactory } from '../extension/pprof/index.ts'
import { zpagesFactory } from '../extension/zpages/index.ts'
import { attributesFactory } from '../processor/attributes/index.ts'
import { batchFactory } from '../processor/batch/index.ts'
import { filterFactory } from '../processor/filter/index.ts'
import { memoryLimiterFactory } from '../processor/memory_limiter/index.ts'
import { metricsTransformFactory } from '../processor/metricstransform/index.ts'
import { resourceFactory } from '../processor/resource/index.ts'
import { resourceDetectionFactory } from '../processor/resourcedetection/index.ts'
import { nettracerFactory } from '../receiver/nettracer/index.ts'

/** Every component there is. A new one is its folder and a line here. */
export const registry: Catalogue = {
  receivers: [nettracerFactory],
  processors: [
    memoryLimiterFactory,
    batchFactory,
    resourceFactory,
    attributesFactory,
    filterFactory,
    resourceDetectionFactory,
    metricsTransformFactory,
  ],
  exporters: [
    otlpFactory,
    otlpHttpFactory,
    kafkaFactory,
    prometheusFactory,
    remoteWriteFactory,
    fileFactory,
    debugFactory,
    consoleFactory,
  ],
  extensions: [healthCheckFactory, zpagesFactory, pprofFactory, fileStorageFactory],
}
