import { describe, expect, it } from 'vitest'
import { flowed } from './flowed'

const table = { $artifact: 'sha256:ab', kind: 'table', bytes: 3 }

describe('what flowed along an edge', () => {
  it('is shown by what it is', () => {
    const outputs = { table, auc: 0.7, days: ['a'], parts: { train: table, test: table } }
    expect(flowed(outputs, 'table')).toEqual({ kind: 'artifact', artifact: table })
    expect(flowed(outputs, 'auc')).toEqual({ kind: 'number', value: 0.7 })
    expect(flowed(outputs, 'days')).toEqual({ kind: 'value', value: ['a'] })
    expect(flowed(outputs, 'parts')).toEqual({ kind: 'artifacts', artifacts: [{ path: 'train', ref: table }, { path: 'test', ref: table }] })
    expect(flowed(outputs, 'toString')).toEqual({ kind: 'missing' })
  })

  it('is one for each instance of a forEach', () => {
    expect(flowed([{ table }, { table }], 'table')).toEqual({ kind: 'artifacts', artifacts: [{ path: '0', ref: table }, { path: '1', ref: table }] })
    expect(flowed([{ n: 1 }, { n: 2 }], 'n')).toEqual({ kind: 'value', value: [1, 2] })
    expect(flowed([{ n: 1 }], 'm')).toEqual({ kind: 'missing' })
  })
})
