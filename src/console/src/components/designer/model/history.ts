import type { Layout } from './layout'

/** What is edited, and the way back. */
export interface State {
  readonly text: string
  readonly layout: Layout
}

export interface History {
  readonly now: State
  readonly past: readonly State[]
  readonly future: readonly State[]
  /** Typing: changes with the same mark are one step. */
  readonly mark: string | null
}

export type Action =
  | { readonly type: 'change'; readonly state: Partial<State>; readonly mark?: string }
  | { readonly type: 'place'; readonly layout: Layout }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' }
  | { readonly type: 'open'; readonly state: State }

const longest = 200

export const begin = (state: State): History => ({ now: state, past: [], future: [], mark: null })

export function step(history: History, action: Action): History {
  const { now, past, future, mark } = history
  switch (action.type) {
    case 'open': return begin(action.state)
    case 'change': {
      const next = { ...now, ...action.state }
      if (next.text === now.text && next.layout === now.layout) return history
      const goesOn = action.mark !== undefined && action.mark === mark && past.length > 0
      return { now: next, past: goesOn ? past : [...past.slice(1 - longest), now], future: [], mark: action.mark ?? null }
    }
    // Where nobody put anything yet: that is no step of a person.
    case 'place': return { ...history, now: { ...now, layout: action.layout } }
    case 'undo': {
      const last = past.at(-1)
      return last ? { now: last, past: past.slice(0, -1), future: [now, ...future], mark: null } : history
    }
    case 'redo': {
      const [first, ...rest] = future
      return first ? { now: first, past: [...past, now], future: rest, mark: null } : history
    }
  }
}
