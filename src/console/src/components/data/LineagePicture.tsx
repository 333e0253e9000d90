import '@xyflow/react/dist/style.css'
import { useComputedColorScheme } from '@mantine/core'
import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import { useMemo } from 'react'
import type { LineageGraph } from '@/api/datasets/datasets'
import { useText } from '@/i18n/Language'
import { box, placesIn, titlesIn, type Title } from './lineage'
import classes from './Lineage.module.css'

type Shown = LineageGraph['nodes'][number] & { readonly title: Title } & Record<string, unknown>

const kinds = { thing: Thing }

/** A lineage as a graph. */
export default function LineagePicture({ graph, label }: { readonly graph: LineageGraph; readonly label: string }) {
  const scheme = useComputedColorScheme('light')
  const nodes = useMemo<Node<Shown>[]>(() => {
    const places = placesIn(graph)
    const titles = titlesIn(graph)
    return graph.nodes.map((n) => ({ id: n.id, type: 'thing', position: places.get(n.id)!, ...box, ariaLabel: titles.get(n.id)!.name, data: { ...n, title: titles.get(n.id)! } }))
  }, [graph])
  const edges = useMemo<Edge[]>(() => {
    const seen = new Map(graph.edges.map((e) => [`${e.from}>${e.to}`, e]))
    return [...seen].map(([id, e]) => ({ id, source: e.from, target: e.to, focusable: false, style: { stroke: 'var(--idle)' } }))
  }, [graph])
  return (
    <div className={classes.picture}>
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={kinds} colorMode={scheme} fitView fitViewOptions={{ maxZoom: 1, padding: 0.06 }} minZoom={0.1}
        nodesDraggable={false} nodesConnectable={false} onlyRenderVisibleElements={nodes.length > 200} preventScrolling={false} proOptions={{ hideAttribution: true }} aria-label={label}
      >
        <Background gap={20} color="var(--line)" />
        <Controls showInteractive={false} position="top-right" />
      </ReactFlow>
    </div>
  )
}

function Thing({ data }: NodeProps<Node<Shown>>) {
  const t = useText()
  return (
    <div className={classes.thing} data-kind={data.kind} title={[data.name, data.detail].filter((x) => x != null).join('\n')}>
      <Handle type="target" position={Position.Left} className={classes.port} isConnectable={false} />
      <span className="clip"><strong>{data.title.name}</strong></span>
      <span className="clip quiet">{t(`data.kind.${data.kind}`)}{data.title.detail != null && ` · ${data.title.detail}`}</span>
      <Handle type="source" position={Position.Right} className={classes.port} isConnectable={false} />
    </div>
  )
}
