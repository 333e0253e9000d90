import type { Schemas } from '@/api/client'
import type { Key } from '@/i18n/catalogue'

export type AnyState = Schemas['RunStatus'] | Schemas['ActivityStatus'] | Schemas['AttemptStatus']

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'cached' | 'idle'

const tones: Readonly<Record<AnyState, Tone>> = {
  running: 'busy', paused: 'warn', cancelling: 'warn', succeeded: 'good', failed: 'bad', cancelled: 'bad',
  pending: 'idle', binding: 'busy', queued: 'warn', waiting: 'warn', retrying: 'warn', stopping: 'warn', expanded: 'good',
  cached: 'cached', skipped: 'idle', upstreamFailed: 'bad',
}

export const toneOf = (state: AnyState): Tone => tones[state]

export const wordOf = (state: AnyState): Key => `state.${state}`

export const colourOf = (state: AnyState): string => `var(--${tones[state]})`
