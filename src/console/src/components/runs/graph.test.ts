import { describe, expect, it } from 'vitest'
import type { Activity, RunPlanNode } from '@/api/runs/runs'
import { criticalPath, downstreamOf, effectOf } from './graph'

const node = (name: string, ...dependsOn: string[]) => ({ name, dependsOn }) as unknown as RunPlanNode
const plan = [node('a'), node('b', 'a'), node('c', 'a'), node('d', 'b', 'c'), node('e')]
const at = (second: number) => new Date(second * 1000).toISOString()
const activity = (name: string, state: Activity['state'], from = 0, to = 1) => ({ name, state, startedAt: at(from), endedAt: at(to) }) as Activity

describe('what hangs on an activity', () => {
  it('is itself and all behind it', () => expect([...downstreamOf(plan, ['b'])]).toEqual(['b', 'd']))
  it('is found for an instance of a forEach', () => expect([...downstreamOf(plan, ['c[2]'])]).toEqual(['c', 'd']))
})

describe('the critical path', () => {
  it('goes back along what ended last', () =>
    expect(criticalPath(plan, [activity('a', 'succeeded', 0, 2), activity('b', 'succeeded', 2, 3), activity('c', 'succeeded', 2, 9), activity('d', 'succeeded', 9, 10), activity('e', 'succeeded', 0, 1)]))
      .toEqual(['a', 'c', 'd']))
  it('counts the instances of a forEach as one', () =>
    expect(criticalPath(plan, [activity('a', 'succeeded', 0, 2), activity('b', 'expanded', 2, 3), activity('b[0]', 'succeeded', 2, 20), activity('c', 'succeeded', 2, 9), activity('d', 'succeeded', 20, 21)]))
      .toEqual(['a', 'b', 'd']))
  it('is empty where nothing ran', () => expect(criticalPath(plan, [])).toEqual([]))
})

describe('what an action will do', () => {
  const stand = [activity('a', 'succeeded'), activity('b', 'failed'), activity('c', 'cached'), activity('d', 'upstreamFailed'), activity('e', 'skipped')]
  it('a resume runs what did not succeed and what hangs on it', () =>
    expect(effectOf('resume', plan, stand)).toEqual({ touched: ['b', 'd'], kept: ['a', 'c', 'e'] }))
  it('a rerun runs from there on', () => expect(effectOf('rerun', plan, stand, ['c']).touched).toEqual(['c', 'd']))
  it('a rerun without a place runs everything', () => expect(effectOf('rerun', plan, stand).touched).toHaveLength(5))
  it('a cancel stops what has not ended', () =>
    expect(effectOf('cancel', plan, [activity('a', 'succeeded'), activity('b', 'running'), activity('d', 'pending')])).toEqual({ touched: ['b', 'd'], kept: ['a'] }))
})
