import { Pattern } from './pattern.ts'

/**
 * `*` for any characters but `/`, `**` for any at all, `?` for one but `/`. Of a whole text.
 *
 * @throws PatternError if it is too long
 */
export function globPattern(glob: string): Pattern {
  const source = glob.replaceAll(/\*\*|[*?]|[\\^$.|+(){}[\]]/g, (found) => {
    if (found === '**') return '[\\s\\S]*'
    if (found === '*') return '[^/]*'
    return found === '?' ? '[^/]' : `\\${found}`
  })
  return new Pattern(`^${source}$`)
}
