import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addActivity, connectAfter, connectData, copy, disconnect, freeName, paste, removeActivities, renameActivity } from './change'
import { pictureOf, reaches } from './picture'
import { parse, valueOf } from './json'

const folder = join(process.cwd(), '../../workflows')
const shipped = readdirSync(folder).filter((f) => f.endsWith('.json') && !f.endsWith('.schema.json')).map((f) => [f, readFileSync(join(folder, f), 'utf8')] as const)

const empty = '{\n  "id": "x",\n  "activities": {}\n}\n'

describe('the picture and the text', () => {
  it.each(shipped)('%s is drawn, and a name that is changed and changed back leaves every byte', (_, text) => {
    const picture = pictureOf(text)!
    expect(picture.activities.length).toBeGreaterThan(0)
    for (const { name } of picture.activities) {
      const renamed = renameActivity(text, name, 'renamedForATest')
      expect(pictureOf(renamed)!.edges.length).toBe(picture.edges.length)
      expect(renameActivity(renamed, 'renamedForATest', name)).toBe(text)
    }
  })

  it.each(shipped)('of %s what is copied and pasted is the same again beside it', (_, text) => {
    const picture = pictureOf(text)!
    const pasted = paste(text, copy(text, picture.activities.map((a) => a.name)))!
    const twice = pictureOf(pasted.text)!
    expect(twice.activities.length).toBe(2 * picture.activities.length)
    expect(twice.edges.length).toBe(2 * picture.edges.length)
    // And taken out again, nothing is left of it.
    expect(JSON.stringify(valueOf(parse(removeActivities(pasted.text, new Set(pasted.names.values()))).root))).toBe(JSON.stringify(valueOf(parse(text).root)))
  })

  it('any steps of a person give a text that is drawn as they did it', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('add' as const), type: fc.constantFrom('data.clean', 'train.vlps', 'control.noop') }),
      fc.record({ do: fc.constantFrom('data' as const, 'after' as const, 'cut' as const), a: fc.nat(9), b: fc.nat(9) }),
      fc.record({ do: fc.constant('rename' as const), a: fc.nat(9), to: fc.constantFrom('q', 'r2', 'a_b', 'x') }),
      fc.record({ do: fc.constant('remove' as const), a: fc.nat(9) }),
    )
    fc.assert(fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      let text = empty
      for (const step of acts) {
        const picture = pictureOf(text)!
        const names = picture.activities.map((a) => a.name)
        const of = (i: number) => names[i % Math.max(1, names.length)]
        if (step.do === 'add') {
          const added = addActivity(text, step.type)
          expect(pictureOf(added.text)!.activities.map((a) => a.name)).toEqual([...names, added.name])
          text = added.text
        } else if (names.length === 0) continue
        else if (step.do === 'remove') {
          text = removeActivities(text, new Set([of(step.a)!]))
          expect(pictureOf(text)!.activities.map((a) => a.name)).toEqual(names.filter((n) => n !== of(step.a)))
          expect(pictureOf(text)!.edges.some((e) => e.from === of(step.a) || e.to === of(step.a))).toBe(false)
        } else if (step.do === 'rename') {
          const to = freeName(new Set(names), step.to)
          text = renameActivity(text, of(step.a)!, to)
          expect(pictureOf(text)!.edges.length).toBe(picture.edges.length)
        } else if (step.do === 'cut') {
          const edge = picture.edges[step.a % Math.max(1, picture.edges.length)]
          if (edge) {
            text = disconnect(text, edge)
            expect(pictureOf(text)!.edges.map((e) => e.id)).toEqual(picture.edges.filter((e) => e.id !== edge.id).map((e) => e.id))
          }
        } else if (!reaches(picture, of(step.b)!, of(step.a)!)) {
          text = step.do === 'after' ? connectAfter(text, of(step.a)!, of(step.b)!) : connectData(text, of(step.a)!, 'table', of(step.b)!, ['table'])
          expect(pictureOf(text)!.edges.some((e) => e.kind === step.do && e.from === of(step.a) && e.to === of(step.b))).toBe(true)
        }
        expect(parse(text).broken).toBeNull()
      }
    }), { numRuns: 200 })
  })

  it('reads references however they are written', () => {
    const picture = pictureOf(JSON.stringify({
      id: 'x',
      activities: {
        'a-b': { type: 't' }, c: { type: 't' },
        d: {
          type: 't', when: "${{ activities['a-b'].status === 'succeeded' }}", forEach: '${{ activities.c.outputs.days }}',
          inputs: { one: "${{ activities['a-b'].outputs['the table'] }}", many: { tables: ['x ${{ activities.c.outputs.n }} y'] }, none: 'activities.c.outputs.n' },
        },
      },
    }))!
    expect(picture.edges.map((e) => [e.kind, e.from, e.output, e.input])).toEqual([
      ['guard', 'a-b', null, 'when'], ['guard', 'c', 'days', 'forEach'], ['data', 'a-b', 'the table', 'one'], ['data', 'c', 'n', 'many.tables']])
  })

  it('renames to what is no identifier and back', () => {
    const text = '{ "id": "x", "activities": { "a": { "type": "t" }, "b": { "type": "t", "inputs": { "t": "${{ activities.a.outputs.x }}" } } } }'
    const renamed = renameActivity(text, 'a', 'a-1')
    expect(renamed).toContain("${{ activities['a-1'].outputs.x }}")
    expect(pictureOf(renamed)!.edges).toHaveLength(1)
    expect(pictureOf(renameActivity(renamed, 'a-1', 'z'))!.edges[0]!.from).toBe('z')
  })

  it('is nothing where the text is no JSON', () => {
    expect(pictureOf('{ "id": ')).toBeNull()
    expect(pictureOf('[]')).toBeNull()
  })
})
