import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Annotation } from '@/api/labels/labels'
import { draftOf, emptyDraft, shortOf, undoable, valueOf } from './answer'
import { boxAt, boxBetween, middleBox, shifted } from './boxes'
import { keyAt, pressOf } from './keys'
import { pictureOf, sidesOf } from './shown'
import { cleared, labelled, moved, piecesOf, wordsOf } from './spans'

const press = (key: string, code = '', shiftKey = false) => ({ key, code, shiftKey })

test.each([
  ['classification', '2', { does: 'label', index: 1 }],
  ['classification', 'q', { does: 'label', index: 5 }],
  ['classification', 'x', { does: 'skip' }],
  ['classification', 'z', { does: 'undo' }],
  ['classification', 'h', { does: 'nothing' }],
  ['classification', 'F5', undefined],
  ['pairwise', 'a', { does: 'label', index: 0 }],
  ['pairwise', 'd', { does: 'label', index: 1 }],
  ['pairwise', 's', { does: 'label', index: 2 }],
  ['span', 'd', { does: 'move', x: 1, y: 0, grow: false }],
  ['span', 'e', { does: 'label', index: 6 }],
  ['boundingBox', 'c', { does: 'remove' }],
] as const)('while %s is asked, %s means %j', (kind, key, meant) => expect(pressOf(kind, press(key))).toEqual(meant))

test('a key means the same under an input method, which hides what it is', () =>
  expect(pressOf('classification', press('Process', 'KeyQ'))).toEqual({ does: 'label', index: 5 }))

test('no label has the key of something else', () => {
  for (const kind of ['classification', 'multiLabel', 'pairwise', 'span', 'boundingBox'] as const) {
    for (let i = 0; keyAt(kind, i) !== undefined; i++) expect(pressOf(kind, press(keyAt(kind, i)!))).toEqual({ does: 'label', index: i })
  }
})

test('what was given comes back to be changed as it was', () => {
  const spans = [{ start: 0, end: 4, label: 'name' }]
  expect(valueOf('span', draftOf({ spans }))).toEqual({ spans })
  expect(valueOf('classification', draftOf({ choice: 'ham' }))).toEqual({ choice: 'ham' })
  expect(valueOf('multiLabel', emptyDraft)).toEqual({ choices: [] })
  expect(valueOf('classification', emptyDraft)).toBeNull()
  expect(shortOf({ spans: [...spans, { start: 5, end: 7, label: 'name' }] })).toBe('name ×2')
  expect(shortOf({ choices: [] })).toBe('∅')
})

test('the newest answer that stands is the one to take back', () => {
  const given = (item: number, revision: number, action: Annotation['action']): Annotation => ({ item, revision, action, annotator: 'ann', value: null, at: '2026-01-01T00:00:00Z' })
  expect(undoable([given(2, 2, 'withdraw'), given(2, 1, 'save'), given(1, 1, 'skip')])?.item).toBe(1)
  expect(undoable([given(0, 1, 'decide')])).toBeUndefined()
})

test('a selection moves and grows by words, in Chinese too', () => {
  const words = wordsOf('to  be, or not')
  expect(words).toEqual([{ start: 0, end: 2 }, { start: 4, end: 6 }, { start: 6, end: 7 }, { start: 8, end: 10 }, { start: 11, end: 14 }])
  expect(moved(words, null, 1, false)).toEqual({ start: 0, end: 2 })
  expect(moved(words, { start: 0, end: 2 }, 1, false)).toEqual({ start: 4, end: 6 })
  expect(moved(words, { start: 4, end: 6 }, 1, true)).toEqual({ start: 4, end: 7 })
  expect(moved(words, { start: 4, end: 7 }, -1, true)).toEqual({ start: 4, end: 6 })
  expect(moved(words, { start: 4, end: 6 }, -1, true)).toEqual({ start: 4, end: 6 })
  expect(wordsOf('我爱北京天安门', 'zh').length).toBeGreaterThan(2)
})

test('a label is put on, exchanged, taken off', () => {
  const at = { start: 4, end: 6 }
  const one = labelled([], at, 'verb')
  expect(one).toEqual([{ ...at, label: 'verb' }])
  expect(labelled(one, at, 'noun')).toEqual([{ ...at, label: 'noun' }])
  expect(labelled(one, at, 'verb')).toEqual([])
  expect(cleared(one, { start: 5, end: 9 })).toEqual([])
  expect(cleared(one, { start: 6, end: 9 })).toEqual(one)
})

test('pieces of a text are the text, whatever lies over it', () => {
  const range = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 30 })).map(([start, length]) => ({ start, end: start + length }))
  fc.assert(fc.property(fc.string({ maxLength: 25 }), fc.array(range.map((r) => ({ ...r, label: 'x' })), { maxLength: 6 }), fc.option(range), (text, spans, selected) => {
    const pieces = piecesOf(text, spans, selected)
    expect(pieces.map((p) => p.text).join('')).toBe(text)
    for (const span of spans.filter((s) => s.start < text.length)) expect(pieces.filter((p) => p.ends.includes(span))).toHaveLength(1)
  }))
})

test('a box stays in its picture', () => {
  const percent = fc.double({ min: -50, max: 150, noNaN: true })
  fc.assert(fc.property(percent, percent, percent, percent, percent, percent, fc.boolean(), (x1, y1, x2, y2, dx, dy, grow) => {
    const drawn = boxBetween({ x: x1, y: y1 }, { x: x2, y: y2 }, 'cat') ?? middleBox('cat')
    const box = shifted(drawn, dx, dy, grow)
    for (const b of [drawn, box]) {
      expect(Math.min(b.x, b.y, b.width, b.height)).toBeGreaterThanOrEqual(0)
      expect(Math.max(b.x + b.width, b.y + b.height)).toBeLessThanOrEqual(100.000001)
    }
  }))
})

test('of nested boxes the inner one is met', () => {
  const boxes = [{ ...middleBox('outer'), x: 0, y: 0, width: 90, height: 90 }, middleBox('inner')]
  expect(boxAt(boxes, { x: 50, y: 50 })).toBe(1)
  expect(boxAt(boxes, { x: 5, y: 5 })).toBe(0)
  expect(boxAt(boxes, { x: 95, y: 95 })).toBe(-1)
})

test('pictures and sides are found in what is shown', () => {
  expect(pictureOf('data:image/png;base64,AA')).toEqual({ from: 'data', address: 'data:image/png;base64,AA' })
  expect(pictureOf('/api/v1/artifacts/sha256%3Aab12/files/a%20b/c.png')).toEqual({ from: 'artifact', hash: 'sha256:ab12', path: 'a b/c.png' })
  expect(pictureOf('https://example.org/a.png')).toBeNull()
  expect(sidesOf({ question: 'q', a: 1, b: 2 })).toMatchObject({ a: { name: 'a' }, b: { name: 'b' }, about: [{ name: 'question' }] })
  expect(sidesOf({ question: 'q', one: 1, two: 2 })).toMatchObject({ a: { name: 'one' }, b: { name: 'two' } })
})
