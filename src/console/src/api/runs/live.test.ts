import { describe, expect, it } from 'vitest'
import { EventParser } from '../stream'
import { applied } from './live'
import type { Activity, Run, RunDetail } from './runs'

describe('a run that goes on', () => {
  const run = { state: 'running', counts: { total: 3 }, omitted: 0, activities: [{ node: 0, name: 'a', state: 'running' }, { node: 1, name: 'b', state: 'pending' }] } as unknown as RunDetail
  it('takes over what an activity came to', () => {
    const next = applied(run, [{ node: 0, name: 'a', state: 'succeeded' } as Activity, { node: 2, name: 'b[0]', state: 'running' } as Activity], { state: 'running', counts: { total: 3 } } as Run)
    expect(next.activities.map((a) => `${a.name} ${a.state}`)).toEqual(['a succeeded', 'b pending', 'b[0] running'])
    expect(run.activities[0]!.state).toBe('running')
  })
  it('takes over its own state', () => expect(applied(run, [], { state: 'failed' } as Run).state).toBe('failed'))
})

describe('a server-sent stream', () => {
  it('is read in whatever pieces it comes', () => {
    const parser = new EventParser()
    expect(parser.push('id: 7\nevent: jour')).toEqual([])
    expect(parser.push('nal\ndata: {"a":\ndata: 1}\n\n: ping\n\nevent: end\ndata: {}\n\n')).toEqual([
      { name: 'journal', id: '7', data: '{"a":\n1}' },
      { name: 'end', id: null, data: '{}' },
    ])
  })
})
