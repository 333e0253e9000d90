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
