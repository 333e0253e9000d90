import dagre from '@dagrejs/dagre'
import type { RunPlanNode } from '@/api/runs/runs'

export const size = { width: 150, height: 58 }

/** Where each activity stands, from left to right in the order they depend on each other. */
export function placesOf(plan: readonly RunPlanNode[]): ReadonlyMap<string, { readonly x: number; readonly y: number }> {
  const graph = new dagre.graphlib.Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 22 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of plan) graph.setNode(node.name, { ...size })
  for (const node of plan) for (const from of node.dependsOn) graph.setEdge(from, node.name)
  dagre.layout(graph)
  return new Map(plan.map(({ name }) => {
    const at = graph.node(name) as { x: number; y: number }
    return [name, { x: at.x - size.width / 2, y: at.y - size.height / 2 }]
  }))
}
