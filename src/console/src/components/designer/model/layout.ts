import { parse, valueOf, type Json } from './json'

/** Where nodes stand. It lies beside the definition, as `NAME.layout.json`. */
export type Layout = Readonly<Record<string, { readonly x: number; readonly y: number }>>

export function layoutOf(text: string | null | undefined): Layout {
  const value = text ? valueOf(parse(text).root) : undefined
  const nodes = value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as { [k: string]: Json }).nodes : undefined
  const made: Record<string, { x: number; y: number }> = {}
  if (nodes !== null && typeof nodes === 'object' && !Array.isArray(nodes))
    for (const [name, at] of Object.entries(nodes ?? {}))
      if (at !== null && typeof at === 'object' && !Array.isArray(at) && typeof (at as { x?: Json }).x === 'number' && typeof (at as { y?: Json }).y === 'number')
        made[name] = { x: (at as { x: number }).x, y: (at as { y: number }).y }
  return made
}

/** A line for each node, in the order of their names: merges of two people's moves are easy. */
export function layoutText(layout: Layout): string {
  const names = Object.keys(layout).sort()
  const lines = names.map((n) => `    ${JSON.stringify(n)}: { "x": ${Math.round(layout[n]!.x)}, "y": ${Math.round(layout[n]!.y)} }`)
  return lines.length === 0 ? '{ "nodes": {} }\n' : `{\n  "nodes": {\n${lines.join(',\n')}\n  }\n}\n`
}
