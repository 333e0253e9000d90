import { describe, expect, it } from 'vitest'
import { isRunId, matching, type Finding } from './find'

const finding = (title: string): Finding => ({ id: title, title, kind: 'Page', run: () => {} })

describe('the palette', () => {
  const all = ['Runs', 'appstore-ctr', 'Go to Data', 'train runs'].map(finding)

  it('shows everything before anything is typed', () => expect(matching(all, '  ')).toHaveLength(4))
  it('needs every word', () => expect(matching(all, 'train run').map((f) => f.title)).toEqual(['train runs']))
  it('puts titles first that begin with what was typed', () => expect(matching(all, 'run').map((f) => f.title)).toEqual(['Runs', 'train runs']))
  it('shows no more than asked for', () => expect(matching(all, '', 2)).toHaveLength(2))
  it('knows the id of a run', () => {
    expect(isRunId(' 01a215ee-e9aa-7403-9945-ca4c415849f0 ')).toBe(true)
    expect(isRunId('01a215ee')).toBe(false)
  })
})
