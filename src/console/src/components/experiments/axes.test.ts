import { expect, test } from 'vitest'
import type { TrackedRun } from '@/api/experiments/experiments'
import { axisOf, bestOf, placeOn, ticksOf, within } from './axes'
import { goalOf, goalText, likely } from './goals'

const run = (id: string, parameters: Record<string, string>, metrics: Record<string, number | string> = {}): TrackedRun =>
  ({ id, parameters, metrics, experiment: 1, name: id, user: 'u', status: 'finished', startedAt: null, endedAt: null, stage: 'active', tags: {} }) as TrackedRun

const runs = [run('a', { rate: '0.001', model: 'lr' }, { auc: 0.6 }), run('b', { rate: '0.1', model: 'fm' }, { auc: 0.8 }), run('c', { rate: '1', model: 'lr', same: '1' }, { auc: 'NaN' }), run('d', { same: '1' }, { auc: 0.7 })]

test('numbers that differ by factors are told apart by their logarithms', () => {
  const axis = axisOf(runs, 'rate', 'parameters')!
  expect(axis).toMatchObject({ kind: 'number', least: 0.001, greatest: 1, log: true })
  expect(placeOn(axis, runs[1]!)).toBeCloseTo(2 / 3)
  expect(placeOn(axis, runs[3]!)).toBeNull()
  expect(ticksOf(axis).map((t) => t.at)).toEqual([0, 0.5, 1])
})

test('texts stand in their order, and what is the same in all is no axis', () => {
  const axis = axisOf(runs, 'model', 'parameters')!
  expect([axis, placeOn(axis, runs[0]!), placeOn(axis, runs[1]!)]).toEqual([{ name: 'model', of: 'parameters', kind: 'text', values: ['fm', 'lr'] }, 1, 0])
  expect(axisOf(runs, 'same', 'parameters')).toBeNull()
  expect(axisOf(runs, 'nothing', 'metrics')).toBeNull()
})

test('marked parts leave the runs that lie in all of them', () => {
  const axes = [axisOf(runs, 'rate', 'parameters')!, axisOf(runs, 'model', 'parameters')!]
  expect(within(runs, axes, new Map()).length).toBe(4)
  expect(within(runs, axes, new Map([['rate', [0.5, 1]]])).map((r) => r.id)).toEqual(['b', 'c'])
  expect(within(runs, axes, new Map([['rate', [0.5, 1]], ['model', [0.9, 1]]])).map((r) => r.id)).toEqual(['c'])
})

test('the best part is by the goal, and what is no number is not among it', () => {
  expect([...bestOf(runs, 'auc', true, 0.1)]).toEqual(['b'])
  expect([...bestOf(runs, 'auc', false, 0.5)]).toEqual(['a', 'd'])
})

test.each(['auc:max', 'val:loss:min'])('the goal %s is read and written', (text) => expect(goalText(goalOf(text)!)).toBe(text))

test('what is wanted of a metric is guessed by its name', () => {
  expect([goalOf('auc'), goalOf(undefined), likely('val_loss').maximize, likely('auc').maximize]).toEqual([null, null, false, true])
})
