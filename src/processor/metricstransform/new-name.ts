import { toPattern } from '../shared/pattern.ts'
import type { Transform } from './config.ts'

/** @returns what a metric of that name is called after all transforms */
export function renaming(transforms: readonly Transform[]): (name: string) => string {
  const steps = transforms.map((one) => step(one))
  return (name) => steps.reduce((current, rename) => rename(current), name)
}

function step({ include, match_type: type, new_name: template }: Transform) {
  if (type === 'strict') return (name: string) => (name === include ? template : name)
  const pattern = toPattern(include)
  return (name: string) => {
    const match = pattern?.exec(name)
    if (match === null || match === undefined) return name
    const made = expand(template, match)
    // A metric must have a name.
    return made === '' ? name : made
  }
}

/** As Go expands a template: `$name` takes all letters, digits and `_` that follow; what did not match is empty. */
export function expand(template: string, match: RegExpExecArray): string {
  return template.replaceAll(
    /\$(?:\$|\{(\w+)\}|(\w+))/g,
    (whole, braced: string | undefined, bare: string | undefined) => {
      const group = braced ?? bare
      if (group === undefined) return whole.slice(1)
      const value = /^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]
      return value ?? ''
    },
  )
}
