import { describe, expect, it } from 'vitest'
import { artifactsIn, valuesIn } from './facts'

const table = { $artifact: 'sha256:1', kind: 'table', bytes: 3 }

describe('outputs', () => {
  it('name their artifacts, however deep', () =>
    expect(artifactsIn({ train: table, deep: { list: [table] }, auc: 0.7 }).map((a) => a.path)).toEqual(['train', 'deep.list.0']))
  it('hold values besides', () => expect(valuesIn({ train: table, auc: 0.7, text: null })).toEqual([['auc', 0.7], ['text', null]]))
  it('may be missing', () => expect([artifactsIn(null), artifactsIn(undefined), valuesIn(undefined)]).toEqual([[], [], []]))
})
