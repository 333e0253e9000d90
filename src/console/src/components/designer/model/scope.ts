import type { Picture } from './picture'
import { reaches } from './picture'
import type { Catalog } from './ports'
import { member } from './references'
import { nodeAt, parse, propertiesOf, valueOf } from './json'

/** Something that an expression may name. */
export interface Candidate {
  readonly text: string
  readonly detail: string
}

/** All that is in scope for an activity's expressions; null for the pipeline's outputs. Nothing that would wait for itself. */
export function scopeOf(text: string, picture: Picture, catalog: Catalog, activity: string | null, inputs: boolean): readonly Candidate[] {
  const found: Candidate[] = []
  const parameters = nodeAt(parse(text).root, ['parameters'])
  for (const p of propertiesOf(parameters)) found.push({ text: `parameters${member(p.name)}`, detail: String(valueOf(nodeAt(p.node, ['type'])) ?? '') })
  const self = picture.activities.find((a) => a.name === activity)
  if (inputs && self?.forEach !== undefined) found.push({ text: 'item', detail: 'forEach' }, { text: 'index', detail: 'forEach' })
  for (const a of picture.activities) {
    if (a.name === activity || (activity !== null && reaches(picture, activity, a.name))) continue
    const name = `activities${member(a.name)}`
    for (const port of catalog.get(a.type)?.outputs ?? []) found.push({ text: `${name}.outputs${member(port.name)}`, detail: port.json === 'artifact' ? port.kind : port.json })
    if (!catalog.get(a.type)?.outputs) found.push({ text: `${name}.outputs.`, detail: 'any' })
    found.push({ text: `${name}.status`, detail: 'string' })
  }
  found.push(
    { text: 'trigger.logicalDate', detail: 'string' }, { text: 'trigger.type', detail: 'string' }, { text: 'run.id', detail: 'string' },
    { text: 'run.pipeline', detail: 'string' }, { text: "models['NAME'].champion", detail: 'model' })
  return found
}

export interface Completion {
  /** What the caret's word would be replaced by. */
  readonly candidates: readonly Candidate[]
  readonly start: number
  readonly end: number
}

/** What may stand where the caret is; null outside of expressions. */
export function complete(text: string, caret: number, scope: readonly Candidate[]): Completion | null {
  const open = text.lastIndexOf('${{', caret)
  if (open < 0 || text.indexOf('}}', open) >= 0 && text.indexOf('}}', open) + 1 < caret) return null
  const word = /[A-Za-z_$][\w$.[\]'"-]*$/.exec(text.slice(open + 3, caret))?.[0] ?? ''
  const wanted = word.toLowerCase()
  const score = (c: Candidate) => (c.text.toLowerCase().startsWith(wanted) ? 0 : 1)
  const candidates = scope.filter((c) => c.text.toLowerCase().includes(wanted) && c.text !== word).sort((a, b) => score(a) - score(b))
  return { candidates: candidates.slice(0, 12), start: caret - word.length, end: caret }
}

/** The text with a candidate put in. */
export function put(text: string, completion: Completion, candidate: Candidate): { readonly text: string; readonly caret: number } {
  const after = text.slice(completion.end)
  const made = text.slice(0, completion.start) + candidate.text + after
  return { text: made, caret: completion.start + candidate.text.length }
}
