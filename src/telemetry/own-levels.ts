export type OwnLevel = 'none' | 'basic' | 'normal' | 'detailed'

/** What was lost, what was sent, what it costs. */
const basic =
  /^nettracer\.(coverage|exporter\.((sent|failed|rejected|dropped)_|queue\.(length|capacity)|ring\.lost|ends\.missed|series\.(active|overflowed)|collections$|cpu\.|memory\.rss|uptime|config\.))/
const detailed = /^nettracer\.exporter\.(memory\.heap|event_loop)/

/** Whether an own metric is told at a level. */
export function isTold(name: string, level: OwnLevel): boolean {
  if (level === 'none') return false
  if (level === 'basic') return basic.test(name)
  return level === 'detailed' || !detailed.test(name)
}
