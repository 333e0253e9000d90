import dagre from '@dagrejs/dagre'
import type { LineageGraph } from '@/api/datasets/datasets'

export const box = { width: 190, height: 46 }

/** Where each thing of a lineage stands, from its beginnings on the left to what was made of them. */
export function placesIn({ nodes, edges }: Pick<LineageGraph, 'nodes' | 'edges'>): ReadonlyMap<string, { readonly x: number; readonly y: number }> {
  const graph = new dagre.graphlib.Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 28 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of nodes) graph.setNode(node.id, { ...box })
  for (const { from, to } of edges) graph.setEdge(from, to)
  dagre.layout(graph)
  return new Map(nodes.map(({ id }) => {
    const at = graph.node(id) as { x: number; y: number }
    return [id, { x: at.x - box.width / 2, y: at.y - box.height / 2 }]
  }))
}

export interface Title {
  readonly name: string
  readonly detail: string | null
}

/**
 * What people call each thing: an artifact has no name but its hash, so it goes by the version of a dataset or model that it was published as,
 * else by the step that made it and the output it was.
 */
export function titlesIn({ nodes, edges }: Pick<LineageGraph, 'nodes' | 'edges'>): ReadonlyMap<string, Title> {
  const byId = new Map(nodes.map((n) => [n.id, n]))
  // A step that made it says more than the file that it was read from.
  const made = new Map(edges.toSorted((a, b) => Number(byId.get(a.from)?.kind === 'attempt') - Number(byId.get(b.from)?.kind === 'attempt')).map((e) => [e.to, e]))
  const published = new Map<string, string[]>()
  for (const { from, to } of edges) {
    const of = byId.get(to)
    if (of && (of.kind === 'dataset' || of.kind === 'model')) published.set(from, [...(published.get(from) ?? []), of.name])
  }
  return new Map(nodes.map((n): readonly [string, Title] => {
    const detail = n.detail ?? null
    // A file that came out of an artifact lies below its hash.
    if (n.kind === 'sourceFile' && n.name.includes('sha256')) return [n.id, { name: n.name.split('/').at(-1) || n.name, detail }]
    if (n.kind !== 'artifact') return [n.id, { name: n.name, detail }]
    const short = n.name.replace(/^sha256:/, '').slice(0, 8)
    const names = published.get(n.id)
    if (names) return [n.id, { name: names.join(', '), detail: [detail, short].filter((x) => x != null).join(' · ') }]
    const by = made.get(n.id)
    const maker = by && byId.get(by.from)
    return [n.id, by && maker ? { name: `${maker.name.split('/').at(-1)} · ${by.as ?? detail ?? ''}`.replace(/ · $/, ''), detail: [detail, short].filter((x) => x != null).join(' · ') } : { name: short, detail }]
  }))
}

export interface ColumnRow {
  readonly name: string
  readonly before: string | null
  readonly now: string | null
}

type Columns = readonly { readonly name: string; readonly type: string }[]

/** The columns of two versions of a table that differ. */
export function changedColumns(before: Columns, now: Columns): readonly ColumnRow[] {
  const [old, young] = [new Map(before.map((c) => [c.name, c.type])), new Map(now.map((c) => [c.name, c.type]))]
  return [...new Set([...old.keys(), ...young.keys()])]
    .map((name) => ({ name, before: old.get(name) ?? null, now: young.get(name) ?? null }))
    .filter((c) => c.before !== c.now)
}
