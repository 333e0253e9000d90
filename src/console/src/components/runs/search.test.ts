import { describe, expect, it } from 'vitest'
import { filterOf, runSearch } from './search'

describe('the address of the run list', () => {
  it('keeps what it knows and drops the rest', () =>
    expect(runSearch({ pipeline: 'hello', state: 'failed', span: '24h', other: 1 })).toEqual({ pipeline: 'hello', state: 'failed', span: '24h' }))
  it('drops states and spans that do not exist', () => expect(runSearch({ state: 'exploded', span: '3y', pipeline: '' })).toEqual({}))
  it('asks the same within a minute', () => {
    const at = Date.UTC(2026, 0, 2, 12, 30, 10)
    expect(filterOf({ span: '1h' }, at)).toEqual({ createdAfter: '2026-01-02T11:30:00.000Z' })
    expect(filterOf({ span: '1h' }, at + 40_000)).toEqual(filterOf({ span: '1h' }, at))
  })
  it('asks for everything without filters', () => expect(filterOf({}, 0)).toEqual({}))
})
