import { describe, expect, it } from 'vitest'
import { begin, step } from './history'
import { layoutOf, layoutText } from './layout'
import { pictureOf } from './picture'
import { activityOf, placeOf } from './place'
import { misfit, refusal, type Catalog, type CatalogEntry, type Port } from './ports'
import { candidateOf, complete, isWhole, put, scopePlaceOf } from './scope'
import { compare } from './compare'

const port = (name: string, kind: Port['kind'], json = 'artifact'): Port => ({ name, kind, json, required: false, many: false, description: null }) as Port
const entry = (type: string, inputs: Port[], outputs: Port[]): CatalogEntry => ({ type, family: type, placement: 'worker', cacheable: true, summary: '', inputs, outputs }) as CatalogEntry
const catalog: Catalog = new Map([
  ['read', entry('read', [port('source', 'value', 'string')], [port('table', 'table'), port('rows', 'metrics', 'integer')])],
  ['train', entry('train', [port('samples', 'table'), port('dim', 'value', 'integer'), port('name', 'value', 'string')], [port('model', 'model'), port('auc', 'metrics', 'number')])],
])
const text = '{ "id": "x", "parameters": { "day": { "type": "date" } }, "activities": { "read": { "type": "read" }, "train": { "type": "train", "inputs": { "samples": "${{ activities.read.outputs.table }}" } } } }'
const picture = pictureOf(text)!

describe('ports', () => {
  it('fit by what flows', () => {
    expect(misfit(port('t', 'table'), port('u', 'table'))).toBeNull()
    expect(misfit(port('t', 'table'), port('m', 'model'))?.key).toBe('design.refuse.kind')
    expect(misfit(port('t', 'table'), port('f', 'file'))).toBeNull()
    expect(misfit(port('n', 'metrics', 'integer'), port('x', 'value', 'number'))).toBeNull()
    expect(misfit(port('n', 'metrics', 'number'), port('x', 'value', 'string'))?.key).toBe('design.refuse.json')
    expect(misfit(port('n', 'metrics', 'number'), port('x', 'table'))?.key).toBe('design.refuse.kind')
    expect(misfit(port('n', 'metrics', 'number'), port('x', 'value', 'any'))).toBeNull()
  })

  it('are refused with the reason', () => {
    expect(refusal(picture, catalog, 'read', 'table', 'train', 'samples')).toBeNull()
    expect(refusal(picture, catalog, 'read', 'table', 'read', 'source')?.key).toBe('design.refuse.self')
    expect(refusal(picture, catalog, 'train', 'model', 'read', 'source')?.key).toBe('design.refuse.cycle')
    expect(refusal(picture, catalog, 'read', 'table', 'train', 'dim')?.values).toEqual({ output: 'table', input: 'dim', from: 'table', to: 'value' })
  })
})

describe('expressions', () => {
  const name = (text: string, fits = true) => candidateOf({ text, type: 'artifact', flow: 'table', description: null, fits })
  const scope = [name('parameters.day'), name('activities.read.outputs.rows', false), name('activities.read.outputs.table')]

  it('stand in places, and elsewhere not', () => {
    expect(scopePlaceOf(['activities', 'a', 'inputs', 'table'], true)).toEqual({ place: 'inputs', activity: 'a', input: 'table' })
    expect(scopePlaceOf(['activities', 'a', 'inputs', 'tables', 'x'], true)).toEqual({ place: 'inputs', activity: 'a' })
    expect(scopePlaceOf(['activities', 'a', 'inputs', 'table'], false)).toEqual({ place: 'inputs', activity: 'a' })
    expect(scopePlaceOf(['activities', 'a', 'when'], true)).toEqual({ place: 'when', activity: 'a' })
    expect(scopePlaceOf(['activities', 'a', 'forEach', 0], true)).toEqual({ place: 'forEach', activity: 'a' })
    expect(scopePlaceOf(['outputs', 'auc'], true)).toEqual({ place: 'outputs' })
    expect(scopePlaceOf(['parameters', 'day', 'default'], true)).toEqual({ place: 'default' })
    for (const path of [['id'], ['activities', 'a', 'type'], ['parameters', 'day', 'type'], ['activities', 'a', 'inputs'], ['resources', 'cpu']]) expect(scopePlaceOf(path, true)).toBeNull()
    expect([isWhole('${{ a }}'), isWhole('x ${{ a }}'), isWhole('${{ a }}${{ b }}'), isWhole('')]).toEqual([true, false, false, false])
  })

  it('offer what fits first', () => {
    expect(complete('${{ activities. }}', 15, scope)!.candidates.map((c) => c.fits)).toEqual([true, false])
  })

  it('are completed where the caret is', () => {
    const typed = 'x ${{ activities.read.ou }}'
    const caret = typed.indexOf(' }}')
    const completion = complete(typed, caret, scope)!
    expect(completion.candidates[0]!.text).toBe('activities.read.outputs.table')
    expect(put(typed, completion, completion.candidates[0]!).text).toBe('x ${{ activities.read.outputs.table }}')
    expect(complete(typed, 1, scope)).toBeNull()
    expect(complete(typed, typed.length, scope)).toBeNull()
  })
})

describe('the way back', () => {
  it('goes step by step, and typing is one step', () => {
    let h = begin({ text: 'a', layout: {} })
    h = step(h, { type: 'change', state: { text: 'ab' }, mark: 'typing' })
    h = step(h, { type: 'change', state: { text: 'abc' }, mark: 'typing' })
    h = step(h, { type: 'change', state: { layout: { n: { x: 1, y: 2 } } } })
    expect(h.past).toHaveLength(2)
    h = step(h, { type: 'undo' })
    expect(h.now).toEqual({ text: 'abc', layout: {} })
    h = step(step(h, { type: 'undo' }), { type: 'undo' })
    expect(h.now.text).toBe('a')
    h = step(step(h, { type: 'redo' }), { type: 'redo' })
    expect(h.now.layout).toEqual({ n: { x: 1, y: 2 } })
    expect(step(h, { type: 'change', state: { text: 'abc' } })).toBe(h)
  })
})

describe('layouts and places', () => {
  it('come back as they were', () => {
    const layout = { b: { x: 1, y: -2 }, a: { x: 3, y: 4 } }
    expect(layoutOf(layoutText(layout))).toEqual(layout)
    expect(layoutOf('nonsense')).toEqual({})
    expect(layoutText({})).toBe('{ "nodes": {} }\n')
  })

  it('are read from diagnostics', () => {
    expect(placeOf("$.activities['a.b'].inputs.rules[0].where")).toEqual(['activities', 'a.b', 'inputs', 'rules', 0, 'where'])
    expect(activityOf('$.activities.train')).toBe('train')
    expect(activityOf('$.schedule')).toBeNull()
  })

  it('tell how two texts differ', () => {
    const other = text.replace('"type": "read"', '"type": "train"').replace('"day"', '"tag"')
    expect([...compare(text, other).activities]).toEqual([['read', 'changed']])
    expect(compare(text, other).sections).toEqual(['parameters'])
  })
})
