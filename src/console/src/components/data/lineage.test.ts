import { expect, test } from 'vitest'
import { changedColumns, placesIn } from './lineage'

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
