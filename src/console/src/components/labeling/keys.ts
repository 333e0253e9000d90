import type { Kind } from './answer'

// The left hand alone reaches all of them, and none of them needs a second key.
const digits = [...'12345']
const around: Readonly<Record<Kind, readonly string[]>> = {
  classification: [...digits, ...'qwertasdfgvb'],
  multiLabel: [...digits, ...'qwertasdfgvb'],
  pairwise: ['1', '2', '3'],
  span: [...digits, ...'qertfgvb'],
  boundingBox: [...digits, ...'qertfgvb'],
}

/** The key of each label, by its place; those beyond the keys are chosen with the mouse or by Tab. */
export const keyAt = (kind: Kind, index: number): string | undefined => around[kind][index]

export type Press =
  | { readonly does: 'label'; readonly index: number }
  | { readonly does: 'move'; readonly x: -1 | 0 | 1; readonly y: -1 | 0 | 1; readonly grow: boolean }
  | { readonly does: 'keep' | 'skip' | 'undo' | 'remove' | 'next' | 'nothing' }

const moves: Readonly<Record<string, readonly [-1 | 0 | 1, -1 | 0 | 1]>> = {
  a: [-1, 0], d: [1, 0], w: [0, -1], s: [0, 1], arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1],
}

export interface Pressed {
  readonly key: string
  readonly code: string
  readonly shiftKey: boolean
}

// Where an input method is on, the key says nothing, and its place on the keyboard does.
function letterOf({ key, code }: Pressed): string {
  if (key.length === 1 && /[a-z0-9]/i.test(key)) return key.toLowerCase()
  if (code.startsWith('Key') || code.startsWith('Digit')) return code.slice(-1).toLowerCase()
  return key.toLowerCase()
}

/** What a key means while an item of a kind is labeled; undefined where it means nothing here. */
export function pressOf(kind: Kind, pressed: Pressed): Press | undefined {
  const key = letterOf(pressed)
  if (key === ' ' || key === 'enter') return { does: 'keep' }
  if (key === 'x') return { does: 'skip' }
  if (key === 'z' || key === 'backspace') return { does: 'undo' }
  const isParts = kind === 'span' || kind === 'boundingBox'
  if (isParts) {
    const move = moves[key]
    if (move) return { does: 'move', x: move[0], y: move[1], grow: pressed.shiftKey }
    if (key === 'c' || key === 'delete') return { does: 'remove' }
    if (key === '`') return { does: 'next' }
  }
  if (kind === 'pairwise') {
    const index = { a: 0, arrowleft: 0, d: 1, arrowright: 1, s: 2, arrowdown: 2 }[key]
    if (index !== undefined) return { does: 'label', index }
  }
  const index = around[kind].indexOf(key)
  if (index >= 0) return { does: 'label', index }
  // A slip of the finger must not lead away from the page.
  return /^[a-z0-9]$/.test(key) ? { does: 'nothing' } : undefined
}
