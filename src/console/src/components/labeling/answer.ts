import type { Annotation, LabelBatch } from '@/api/labels/labels'
import type { Box } from './boxes'
import type { Span } from './spans'

export type Kind = LabelBatch['kind']

/** What a person has put together for an item and not given yet. */
export interface Draft {
  readonly choices: readonly string[]
  readonly prefer: string | null
  readonly spans: readonly Span[]
  readonly boxes: readonly Box[]
}

export const emptyDraft: Draft = { choices: [], prefer: null, spans: [], boxes: [] }

const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : [])

/** An answer that was given before, to be changed. */
export function draftOf(value: unknown): Draft {
  if (value === null || typeof value !== 'object') return emptyDraft
  const given = value as Readonly<Record<string, unknown>>
  return {
    choices: typeof given.choice === 'string' ? [given.choice] : listOf<string>(given.choices),
    prefer: typeof given.prefer === 'string' ? given.prefer : null,
    spans: listOf<Span>(given.spans),
    boxes: listOf<Box>(given.boxes),
  }
}

/** The draft as the API takes it; null where it says nothing yet. No span, no box and none of several labels are answers, too. */
export function valueOf(kind: Kind, draft: Draft): object | null {
  switch (kind) {
    case 'classification': return draft.choices.length === 1 ? { choice: draft.choices[0] } : null
    case 'multiLabel': return { choices: draft.choices }
    case 'pairwise': return draft.prefer === null ? null : { prefer: draft.prefer }
    case 'span': return { spans: draft.spans }
    case 'boundingBox': return { boxes: draft.boxes }
  }
}

/** Whether one press is the whole answer. */
export const isOnePress = (kind: Kind): boolean => kind === 'classification' || kind === 'pairwise'

/** An answer in a few words; null for a skip. */
export function shortOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const { choices, prefer, spans, boxes } = draftOf(value)
  const named = (parts: readonly { readonly label: string }[]) => [...new Set(parts.map((p) => p.label))].map((l) => `${l} ×${parts.filter((p) => p.label === l).length}`)
  return prefer ?? ([...choices, ...named(spans), ...named(boxes)].join(', ') || '∅')
}

/** The answer that can be taken back: the newest that still stands. Decisions are not taken back here. */
export function undoable(given: readonly Annotation[]): Annotation | undefined {
  const seen = new Set<number>()
  for (const a of given) {
    if (seen.has(a.item)) continue
    seen.add(a.item)
    if (a.action === 'save' || a.action === 'skip') return a
  }
  return undefined
}
