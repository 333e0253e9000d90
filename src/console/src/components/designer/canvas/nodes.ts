import type { Node } from '@xyflow/react'
import type { Activity, Picture } from '../model/picture'
import type { Layout } from '../model/layout'
import { inputPort, outputPort, shownPorts, type Catalog, type Port } from '../model/ports'

/** What an activity looks like by the text alone. */
export interface Look {
  readonly activity: Activity
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /** How many ports are not shown. */
  readonly hidden: number
  readonly opened: boolean
  readonly unknown: boolean
}

export interface ActivityData extends Look, Record<string, unknown> {
  readonly errors: number
  readonly warnings: number
  readonly cache: { readonly verdict: string; readonly note: string } | null
  readonly change: string | null
}

export type ActivityNode = Node<ActivityData, 'activity'>

export const width = 236
const head = 52, row = 22

export const heightOf = (data: Look): number =>
  head + row * Math.max(data.inputs.length, data.outputs.length, 0) + (data.hidden > 0 ? 22 : 0) + (data.activity.when || data.activity.forEach !== undefined || data.activity.join ? 24 : 0) + 8

const missing = (name: string): Port => ({ name, kind: 'value', json: 'any', required: false, many: false, description: null })

/** What each activity looks like, but for where it stands. */
export function looksOf(picture: Picture, catalog: Catalog, opened: ReadonlySet<string>): ReadonlyMap<string, Look> {
  const into = new Map<string, Set<string>>(), outOf = new Map<string, Set<string>>()
  const note = (map: Map<string, Set<string>>, key: string, value: string) => map.set(key, (map.get(key) ?? new Set()).add(value))
  for (const e of picture.edges) {
    if (e.kind === 'data' && e.input) note(into, e.to, e.input.split('.')[0]!)
    if (e.output !== null) note(outOf, e.from, e.output)
  }
  return new Map(picture.activities.map((activity): [string, Look] => {
    const entry = catalog.get(activity.type)
    const ins = into.get(activity.name) ?? new Set<string>(), outs = outOf.get(activity.name) ?? new Set<string>()
    const isOpen = opened.has(activity.name)
    const allIn = [...(entry?.inputs ?? []), ...[...ins].filter((n) => !inputPort(catalog, activity, n)).map(missing)]
    const allOut = [...(entry?.outputs ?? []), ...[...outs].filter((n) => !entry?.outputs || !outputPort(catalog, activity, n)).map(missing)]
    const inputs = shownPorts(allIn, ins, isOpen)
    const outputs = shownPorts(allOut, outs, isOpen)
    const open = entry && !entry.outputs ? [...outputs, { ...missing('*'), description: null }] : outputs
    return [activity.name, { activity, inputs, outputs: open, hidden: allIn.length + allOut.length - inputs.length - outputs.length, opened: isOpen, unknown: !entry }]
  }))
}

/** Columns by the longest way: where nothing else is known yet. */
export function columns(picture: Picture, heights: ReadonlyMap<string, number>): Layout {
  const level = new Map<string, number>()
  const before = new Map<string, string[]>()
  for (const e of picture.edges) {
    const known = before.get(e.to)
    if (known) known.push(e.from)
    else before.set(e.to, [e.from])
  }
  const levelOf = (name: string, on: ReadonlySet<string>): number => {
    const known = level.get(name)
    if (known !== undefined) return known
    if (on.has(name)) return 0
    const deeper = new Set(on).add(name)
    const found = Math.max(-1, ...(before.get(name) ?? []).map((b) => levelOf(b, deeper))) + 1
    level.set(name, found)
    return found
  }
  const bottom = new Map<number, number>()
  const layout: Record<string, { x: number; y: number }> = {}
  for (const { name } of picture.activities) {
    const at = levelOf(name, new Set()), y = bottom.get(at) ?? 0
    layout[name] = { x: at * (width + 64), y }
    bottom.set(at, y + (heights.get(name) ?? 100) + 36)
  }
  return layout
}
