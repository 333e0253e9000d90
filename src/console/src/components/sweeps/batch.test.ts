import { expect, test } from 'vitest'
import { askedFor, bestSoFar, declaredIn, valuesIn, type Batch } from './batch'

const declared = declaredIn({ parameters: { rate: { type: 'number', default: 0.1 }, dim: { type: 'integer' }, model: { type: 'string', enum: ['lr', 'fm'] } } })
const batch: Batch = { name: 'try', pipeline: 'p', objective: { of: 'output', name: 'auc', direction: 'maximize' }, sampler: 'grid', parallel: 2, trials: '', searches: {} }

test('a form becomes the sweep that its file would be', () => {
  expect(askedFor({
    ...batch, trials: 9,
    searches: { rate: { how: 'range', min: 0.01, max: 1, scale: 'log', points: 3 }, dim: { how: 'values', text: '4, 8' }, model: { how: 'fixed', text: 'fm' } },
  }, declared)).toEqual({
    wrong: new Map(),
    sweep: {
      id: 'try', pipeline: 'p', objective: { output: 'auc', direction: 'maximize' }, parameters: { model: 'fm' }, sampler: 'grid', parallel: 2, budget: { trials: 9 },
      space: { rate: { type: 'float', min: 0.01, max: 1, scale: 'log', points: 3 }, dim: { type: 'choice', values: [4, 8] } },
    },
  })
})

test('what does not fit its type is told, and nothing is asked for yet', () => {
  const asked = askedFor({ ...batch, searches: { dim: { how: 'values', text: '4, 8.5' }, rate: { how: 'range', min: '', max: 1, scale: 'linear', points: '' } } }, declared)
  expect([asked.sweep, [...asked.wrong]]).toEqual([null, [['rate', ''], ['dim', '8.5']]])
})

test.each([
  ['lr,fm', 'string', { values: ['lr', 'fm'] }],
  ['true，false', 'boolean', { values: [true, false] }],
  ['[[1],[2]]', 'list', { values: [[1], [2]] }],
  ['', 'integer', { wrong: '' }],
] as const)('%j are values of the type %s', (text, type, values) => expect(valuesIn(text, type)).toEqual(values))

test('the best so far never gets worse', () => {
  const trials = [{ number: 2, state: 'completed', value: 0.5 }, { number: 0, state: 'completed', value: 0.7 }, { number: 1, state: 'failed', value: null }, { number: 3, state: 'completed', value: 0.9 }]
  expect(bestSoFar(trials, true)).toEqual({ steps: [0, 2, 3], values: [0.7, 0.7, 0.9] })
  expect(bestSoFar(trials, false).values).toEqual([0.7, 0.5, 0.5])
})
