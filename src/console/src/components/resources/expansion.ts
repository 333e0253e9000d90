import type { ExpansionRequest } from '@/api/resources/resources'

/** What a person asks for in the form of an expansion. */
export interface Wish {
  readonly group: string
  readonly pool: string
  readonly cpu: number | ''
  readonly gpu: number | ''
  /** As people write it: 16Gi. */
  readonly memory: string
  readonly hours: number | ''
  readonly source: string
  readonly approver: string
  readonly reason: string
}

/** What the API takes; null where something that is needed is missing. It ends so many hours from now. */
export function askedOf(wish: Wish, now: Date) {
  const { group, pool, cpu, gpu, memory, hours, source, approver, reason } = wish
  const more = { ...(cpu === '' || cpu === 0 ? {} : { cpu }), ...(gpu === '' || gpu === 0 ? {} : { gpu }), ...(memory.trim() === '' ? {} : { memory: memory.trim() }) }
  if (group === '' || pool === '' || hours === '' || hours <= 0 || reason.trim() === '' || Object.keys(more).length === 0) return null
  return {
    group, pool, more, until: new Date(now.getTime() + hours * 3_600_000).toISOString(), reason: reason.trim(),
    ...(source === '' ? {} : { source }), ...(approver.trim() === '' ? {} : { approver: approver.trim() }),
  }
}

/** What waits for a decision, the oldest first; then what is decided, the newest first. */
export function pendingFirst(requests: readonly ExpansionRequest[]): readonly ExpansionRequest[] {
  const pending = requests.filter((r) => r.state === 'pending').toReversed()
  return [...pending, ...requests.filter((r) => r.state !== 'pending')]
}
