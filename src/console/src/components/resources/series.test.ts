import { expect, test } from 'vitest'
import { askedOf, pendingFirst, type Wish } from './expansion'
import { hoursOf, seriesOf } from './series'

test('lines stand at the middle of their steps, those that held most first', () => {
  const usage = { from: '1970-01-01T00:00:00Z', stepSeconds: 10 }
  const lines = seriesOf(usage, [{ name: 'a', cpu: [1, 0], memory: [2 ** 30, 0], gpu: [0, 0] }, { name: 'b', cpu: [2, 2], memory: [0, 0], gpu: [0, 0] }], 'cpu')
  expect(lines).toEqual([{ label: 'b', steps: [5, 15], values: [2, 2] }, { label: 'a', steps: [5, 15], values: [1, 0] }])
  expect(seriesOf(usage, [{ name: 'a', cpu: [], memory: [2 ** 31], gpu: [] }], 'memory')[0]!.values).toEqual([2])
})

test('hours of a month are by group, and by person in it', () => {
  const used = [['2026-01', 'ads', 'mia', 1], ['2026-01', 'ads', 'bob', 2], ['2026-01', 'feed', 'eve', 4], ['2025-12', 'ads', 'mia', 9]].map(([month, group, person, gpuHours]) => ({ month, group, person, gpuHours })) as { month: string; group: string; person: string; gpuHours: number }[]
  expect(hoursOf(used, '2026-01')).toEqual([
    { group: 'feed', hours: 4, people: [{ person: 'eve', hours: 4 }] },
    { group: 'ads', hours: 3, people: [{ person: 'bob', hours: 2 }, { person: 'mia', hours: 1 }] },
  ])
})

test('an expansion is asked for once all that it needs is there', () => {
  const wish: Wish = { group: 'ads', pool: 'production', cpu: 1, gpu: '', memory: ' 16Gi ', hours: 2, source: 'feed', approver: '', reason: 'launch' }
  expect(askedOf(wish, new Date('2026-01-01T00:00:00Z'))).toEqual({ group: 'ads', pool: 'production', more: { cpu: 1, memory: '16Gi' }, until: '2026-01-01T02:00:00.000Z', reason: 'launch', source: 'feed' })
  for (const missing of [{ reason: ' ' }, { cpu: '' as const, memory: '' }, { hours: 0 }, { group: '' }]) expect(askedOf({ ...wish, ...missing }, new Date())).toBeNull()
})

test('what waits for a decision stands first, who waits longest before the others', () => {
  const of = (id: string, state: 'pending' | 'declined') => ({ id, state }) as Parameters<typeof pendingFirst>[0][number]
  expect(pendingFirst([of('d', 'declined'), of('c', 'pending'), of('b', 'declined'), of('a', 'pending')]).map((r) => r.id)).toEqual(['a', 'c', 'd', 'b'])
})
