import { expect, test } from 'vitest'
import { textOf } from '@/i18n/catalogue'
import { amountOf, treeOf } from './amount'

test.each([
  [{ cpu: 0, memory: 0, gpu: 0 }, '–'],
  [{ cpu: 1, memory: 0, gpu: 0 }, '1 core'],
  [{ cpu: 1.5, memory: 0, gpu: 0 }, '1.5 cores'],
  [{ cpu: 2, memory: 2 ** 31, gpu: 1 }, '2 cores, 2.0 GiB, 1 GPU'],
])('an amount %j reads %s', (amount, text) => expect(amountOf(amount, (key) => textOf('en', key))).toBe(text))

test('groups stand below their parents, each pool for itself', () => {
  const group = (pool: string, name: string, parent: string | null) => ({ pool, group: name, parent })
  const rows = [group('b', 'ads', 'reco'), group('a', 'feed', 'reco'), group('a', 'reco', null), group('b', 'reco', null), group('a', 'ads', 'reco'), group('a', 'lost', 'elsewhere')]
  expect(treeOf(rows).map(({ row, depth }) => `${row.pool} ${depth} ${row.group}`)).toEqual(['a 0 lost', 'a 0 reco', 'a 1 ads', 'a 1 feed', 'b 0 reco', 'b 1 ads'])
})
