/** A mention of an activity in an expression. */
export interface Reference {
  readonly activity: string
  /** The output it reads; null for its status or the whole. */
  readonly output: string | null
  /** Where the activity's name stands in the text that was searched. */
  readonly start: number
  readonly end: number
}

const block = /\$\{\{([\s\S]*?)\}\}/g
const mention = /(?<![\w$.])activities\s*(?:\.\s*([A-Za-z_$][\w$]*)|\[\s*(['"])((?:(?!\2)[^\\])*)\2\s*\])(?:\s*\.\s*outputs\s*(?:\.\s*([A-Za-z_$][\w$]*)|\[\s*(['"])((?:(?!\5)[^\\])*)\5\s*\]))?/g

export const hasExpression = (text: string): boolean => text.includes('${{')

/** All mentions of activities in the expressions of a text. */
export function referencesIn(text: string): Reference[] {
  const found: Reference[] = []
  if (!hasExpression(text)) return found
  for (const b of text.matchAll(block)) {
    const begin = b.index + 3
    for (const m of b[1]!.matchAll(mention)) {
      const name = m[1] ?? m[3]!
      const start = begin + m.index + m[0].indexOf(name, 'activities'.length)
      found.push({ activity: name, output: m[4] ?? m[6] ?? null, start, end: start + name.length })
    }
  }
  return found
}

const identifier = /^[A-Za-z_$][\w$]*$/

export const member = (name: string): string => (identifier.test(name) ? `.${name}` : `['${name}']`)

export const outputReference = (activity: string, output: string): string => `\${{ activities${member(activity)}.outputs${member(output)} }}`

/** The text with an activity's name changed in its expressions. */
export function renameIn(text: string, from: string, to: string): string {
  let result = text
  for (const r of referencesIn(text).filter((x) => x.activity === from).reverse()) {
    const dot = result.lastIndexOf('.', r.start)
    const dotted = dot >= 0 && result.slice(dot + 1, r.start).trim() === '' && result[r.start - 1] !== "'" && result[r.start - 1] !== '"'
    result = dotted && !identifier.test(to)
      ? result.slice(0, dot) + `['${to}']` + result.slice(r.end)
      : result.slice(0, r.start) + to + result.slice(r.end)
  }
  return result
}
