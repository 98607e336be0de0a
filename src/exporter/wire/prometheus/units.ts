/** UCUM units as Prometheus spells them: the table of the OpenTelemetry specification, and bits. */
const words = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['bit', 'bits'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
])

const singular = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['min', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
])

/**
 * The suffix that tells a unit: `By` gives `bytes`, `bit/s` gives `bits_per_second`. A unit that is not in the table is
 * spelled as it stands; one that only counts things (`{packet}`) gives nothing.
 */
export function unitSuffix(unit: string): string {
  const slash = unit.indexOf('/')
  const main = slash < 0 ? unit : unit.slice(0, slash)
  const per = slash < 0 ? '' : unit.slice(slash + 1)
  const parts = [spell(main, words)]
  const perWord = spell(per, singular)
  if (perWord !== '') parts.push('per', perWord)
  return parts.filter((part) => part !== '').join('_')
}

function spell(unit: string, table: ReadonlyMap<string, string>): string {
  const bare = unit.trim()
  if (/[{}]/.test(bare)) return ''
  return table.get(bare) ?? bare.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '')
}
