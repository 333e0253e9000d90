import { expect, test } from 'vitest'
import { changedColumns, placesIn, titlesIn } from './lineage'

test('what was made stands to the right of what it was made of', () => {
  const node = (id: string) => ({ id, name: id, kind: 'artifact' as const })
  const places = placesIn({ nodes: [node('model'), node('file'), node('run')], edges: [{ from: 'file', to: 'run' }, { from: 'run', to: 'model' }] })
  expect(places.get('file')!.x).toBeLessThan(places.get('run')!.x)
  expect(places.get('run')!.x).toBeLessThan(places.get('model')!.x)
})

test('columns that came, went or changed their type are told', () => {
  expect(changedColumns([{ name: 'a', type: 'int64' }, { name: 'b', type: 'string' }, { name: 'c', type: 'string' }], [{ name: 'a', type: 'double' }, { name: 'c', type: 'string' }, { name: 'd', type: 'date' }]))
    .toEqual([{ name: 'a', before: 'int64', now: 'double' }, { name: 'b', before: 'string', now: null }, { name: 'd', before: null, now: 'date' }])
})

test('an artifact goes by what it was published as, else by the step and the output that it was', () => {
  const node = (id: string, kind: 'artifact' | 'attempt' | 'dataset' | 'sourceFile', name = id, detail: string | null = null) => ({ id, kind, name, detail })
  const titles = titlesIn({
    nodes: [node('f', 'sourceFile', '/data/a.csv'), node('r', 'attempt', 'store/split', 'data.split'), node('a', 'artifact', 'sha256:0123456789ab', 'table'), node('b', 'artifact', 'sha256:abcdef0123', 'table'), node('d', 'dataset', 'clicks version 3'), node('c', 'artifact', 'sha256:ffff0000ffff')],
    edges: [{ from: 'f', to: 'r', as: null, source: null }, { from: 'r', to: 'a', as: 'train', source: null }, { from: 'f', to: 'a', as: 'table', source: null }, { from: 'r', to: 'b', as: 'test', source: null }, { from: 'b', to: 'd', as: null, source: null }],
  })
  expect(titles.get('a')).toEqual({ name: 'split · train', detail: 'table · 01234567' })
  expect(titles.get('b')).toEqual({ name: 'clicks version 3', detail: 'table · abcdef01' })
  expect(titles.get('c')).toEqual({ name: 'ffff0000', detail: null })
  expect(titles.get('r')).toEqual({ name: 'store/split', detail: 'data.split' })
})
