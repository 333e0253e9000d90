/** Work that is not saved yet, kept in this browser: a closed tab loses nothing. */
export interface Draft {
  /** The text that it is a change of; where that changed meanwhile, the draft is of no use. */
  readonly base: string
  readonly text: string
  readonly layout: string
}

const keyOf = (id: string): string => `mlp.draft.${id}`

export const keep = (id: string, draft: Draft): void => localStorage.setItem(keyOf(id), JSON.stringify(draft))

export const forget = (id: string): void => localStorage.removeItem(keyOf(id))

export function kept(id: string, base: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(keyOf(id)) ?? 'null') as Draft | null
    return draft && draft.base === base && typeof draft.text === 'string' && typeof draft.layout === 'string' ? draft : null
  } catch {
    return null // Written by something else: it is none.
  }
}
