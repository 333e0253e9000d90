import type { ScopeName, ScopePlace } from '@/api/designer/designer'
import type { JSONPath } from './json'

/** Something that an expression may name. */
export interface Candidate {
  readonly text: string
  /** The kind of what flows, or its JSON type. */
  readonly flow: ScopeName['flow']
  readonly type: string
  /** False where the place can never take it. */
  readonly fits: boolean
}

export const candidateOf = (name: ScopeName): Candidate => ({ text: name.text, flow: name.flow, type: name.type ?? '', fits: name.fits })

/** The place of an expression in a file: what may be read depends on it. Null where none may stand. */
export function scopePlaceOf(path: JSONPath, isWhole: boolean): ScopePlace | null {
  const [section, name, part, input] = path
  if (section === 'outputs' && path.length > 1) return { place: 'outputs' }
  if (section === 'parameters' && part === 'default') return { place: 'default' }
  if (section !== 'activities' || typeof name !== 'string') return null
  switch (part) {
    case 'when': return { place: 'when', activity: name }
    case 'forEach': return { place: 'forEach', activity: name }
    case 'inputs': return typeof input === 'string' ? { place: 'inputs', activity: name, ...(isWhole && path.length === 4 ? { input } : {}) } : null
    default: return null
  }
}

/** Whether a text is one expression and nothing else, so that its value is taken as it is. */
export const isWhole = (text: string): boolean => text.startsWith('${{') && text.indexOf('}}') === text.length - 2

export interface Completion {
  /** What the caret's word would be replaced by. */
  readonly candidates: readonly Candidate[]
  readonly start: number
  readonly end: number
}

/** Whether the caret is within an expression. */
export function inExpression(text: string, caret: number): boolean {
  const open = text.lastIndexOf('${{', caret)
  const close = text.indexOf('}}', open)
  return open >= 0 && caret >= open + 3 && !(close >= 0 && close + 1 < caret)
}

/** What may stand where the caret is; null outside of expressions. */
export function complete(text: string, caret: number, scope: readonly Candidate[]): Completion | null {
  if (!inExpression(text, caret)) return null
  const word = /[A-Za-z_$][\w$.[\]'"-]*$/.exec(text.slice(text.lastIndexOf('${{', caret) + 3, caret))?.[0] ?? ''
  const wanted = word.toLowerCase()
  const score = (c: Candidate) => (c.text.toLowerCase().startsWith(wanted) ? 0 : 1) + (c.fits ? 0 : 2)
  const candidates = scope.filter((c) => c.text.toLowerCase().includes(wanted) && c.text !== word).sort((a, b) => score(a) - score(b))
  return { candidates: candidates.slice(0, 12), start: caret - word.length, end: caret }
}

/** The text with a candidate put in. */
export function put(text: string, completion: Completion, candidate: Candidate): { readonly text: string; readonly caret: number } {
  const after = text.slice(completion.end)
  const made = text.slice(0, completion.start) + candidate.text + after
  return { text: made, caret: completion.start + candidate.text.length }
}
