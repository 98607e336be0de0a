import type { Context } from './condition.ts'

export const metricContext: Context = {
  fields: new Map([
    ['name', 'name'],
    ['metric.name', 'name'],
    ['unit', 'unit'],
    ['metric.unit', 'unit'],
    ['description', 'description'],
    ['metric.description', 'description'],
  ]),
  attributes: [],
}

export const pointContext: Context = {
  fields: new Map([
    ['metric.name', 'name'],
    ['metric.unit', 'unit'],
    ['metric.description', 'description'],
    ['value_int', 'value'],
    ['datapoint.value_int', 'value'],
    ['value_double', 'value'],
    ['datapoint.value_double', 'value'],
  ]),
  attributes: ['attributes', 'datapoint.attributes'],
}

export const recordContext: Context = {
  fields: new Map([
    ['body', 'body'],
    ['log.body', 'body'],
    ['severity_number', 'severity'],
    ['log.severity_number', 'severity'],
    ['event_name', 'event'],
    ['log.event_name', 'event'],
  ]),
  attributes: ['attributes', 'log.attributes'],
}
