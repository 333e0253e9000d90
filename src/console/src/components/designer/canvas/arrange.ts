import ELK, { type ElkNode } from 'elkjs/lib/elk-api'
import worker from 'elkjs/lib/elk-worker.min.js?url'
import type { Layout } from '../model/layout'
import type { Picture } from '../model/picture'
import { width } from './nodes'

let elk: InstanceType<typeof ELK> | null = null

/** Lays all nodes out, left to right with few crossings, beside the page's own thread. */
export async function arrange(picture: Picture, heights: ReadonlyMap<string, number>): Promise<Layout> {
  elk ??= new ELK({ workerUrl: worker })
  const graph: ElkNode = {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered', 'elk.direction': 'RIGHT', 'elk.layered.spacing.nodeNodeBetweenLayers': '64', 'elk.spacing.nodeNode': '28',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX', 'elk.separateConnectedComponents': 'true', 'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    },
    children: picture.activities.map((a) => ({ id: a.name, width, height: heights.get(a.name) ?? 100 })),
    edges: picture.edges.map((e) => ({ id: e.id, sources: [e.from], targets: [e.to] })),
  }
  const placed = await elk.layout(graph)
  return Object.fromEntries((placed.children ?? []).map((c) => [c.id, { x: Math.round(c.x ?? 0), y: Math.round(c.y ?? 0) }]))
}
