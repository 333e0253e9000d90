import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difference, parse, print, setAt, valueOf, type Json, type JSONPath } from './json'

const name = fc.oneof(fc.constantFrom('a', 'type', 'inputs', 'x y', '__proto__', '链'), fc.string({ minLength: 1, maxLength: 4 }))
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, -1.5, '', 'two\nlines', '${{ activities.a.outputs.b }}'),
    fc.string().map((s) => s as Json),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
})).value

// A file as somebody may have written it: on one line, indented by anything, with any line ends.
const written = fc.tuple(fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true }), fc.constantFrom(0, 2, 4, '\t'), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '  \n\n'))
  .map(([value, indent, eol, tail]) => ({ value: value as Json, text: JSON.stringify(value, null, indent).replaceAll('\n', eol) + tail }))

const paths = (value: Json, at: JSONPath = []): JSONPath[] =>
  value !== null && typeof value === 'object'
    ? [...(Array.isArray(value) ? value.map((v: Json, i): [number, Json] => [i, v]) : Object.entries(value as Record<string, Json>))].flatMap(([k, v]) => [[...at, k], ...paths(v as Json, [...at, k])])
    : []

const read = (text: string) => valueOf(parse(text).root)

function put(value: Json, path: JSONPath, to: Json | undefined): Json {
  const [key, ...rest] = path
  if (Array.isArray(value)) {
    const copy = [...value]
    if (rest.length === 0 && to === undefined) copy.splice(key as number, 1)
    else copy[key as number] = rest.length === 0 ? to! : put(copy[key as number]!, rest, to)
    return copy
  }
  const entries = Object.entries(value as Record<string, Json>)
  const at = entries.findIndex(([k]) => k === key)
  if (rest.length === 0 && to === undefined) entries.splice(at, 1)
  else if (at >= 0) entries[at] = [key as string, rest.length === 0 ? to! : put(entries[at]![1], rest, to)]
  else entries.push([key as string, to!])
  const made = {}
  for (const [k, v] of entries) Object.defineProperty(made, k, { value: v, enumerable: true, configurable: true, writable: true })
  return made as Json
}

describe('edits of the text', () => {
  it('set what is there and leave all else as it was, byte for byte', () => {
    fc.assert(fc.property(written, json, fc.nat(), ({ value, text }, to, pick) => {
      const all = paths(value)
      if (all.length === 0) return
      const path = all[pick % all.length]!
      const now = setAt(text, path, to)
      expect(JSON.stringify(read(now))).toBe(JSON.stringify(put(value, path, to)))
    }), { numRuns: 400 })
  })

  it('take out what is there', () => {
    fc.assert(fc.property(written, fc.nat(), ({ value, text }, pick) => {
      const all = paths(value)
      if (all.length === 0) return
      const path = all[pick % all.length]!
      expect(JSON.stringify(read(setAt(text, path, undefined)))).toBe(JSON.stringify(put(value, path, undefined)))
    }), { numRuns: 400 })
  })

  it('add what is missing, with what it is missing in', () => {
    fc.assert(fc.property(written, json, ({ value, text }, to) => {
      if (Object.hasOwn(value as object, 'activities')) return
      const now = setAt(text, ['activities', 'new', 'inputs', 'x'], to)
      expect(JSON.stringify(read(now))).toBe(JSON.stringify(put(value, ['activities'], { new: { inputs: { x: to } } })))
      // Once more changes nothing.
      expect(setAt(now, ['activities', 'new', 'inputs', 'x'], to)).toBe(now)
    }), { numRuns: 300 })
  })

  it('are one splice', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      const { at, remove, insert } = difference(a, b)
      expect(a.slice(0, at) + insert + a.slice(at + remove)).toBe(b)
    }))
  })

  it('keep how people write', () => {
    const text = '{\n  "id": "x",\n  "activities": {\n    "clean":   { "type": "data.clean",   "inputs": { "table": 1 } },\n    "b": {\n      "type": "control.noop"\n    }\n  }\n}\n'
    expect(setAt(text, ['activities', 'clean', 'inputs', 'rules'], [{ dropDuplicates: true }]))
      .toBe(text.replace('{ "table": 1 }', '{ "table": 1, "rules": [{ "dropDuplicates": true }] }'))
    expect(setAt(text, ['activities', 'b', 'dependsOn'], ['clean'])).toBe(text.replace('"control.noop"\n', '"control.noop",\n      "dependsOn": ["clean"]\n'))
    expect(setAt(text, ['activities', 'c'], { type: 'control.wait' })).toBe(text.replace('\n    }\n  }\n', '\n    },\n    "c": { "type": "control.wait" }\n  }\n'))
    expect(setAt(text, ['activities', 'clean'], undefined)).toBe('{\n  "id": "x",\n  "activities": {\n    "b": {\n      "type": "control.noop"\n    }\n  }\n}\n')
  })

  it('write long values over lines', () => {
    const long = Array.from({ length: 30 }, (_, i) => `column${i}`)
    expect(print(long, '', '  ', '\n').split('\n')).toHaveLength(32)
    expect(JSON.parse(print({ a: long }, '', '\t', '\r\n'))).toEqual({ a: long })
  })
})
