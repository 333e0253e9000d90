import '@xyflow/react/dist/style.css'
import { useComputedColorScheme } from '@mantine/core'
import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import { useMemo } from 'react'
import type { Activity, RunPlanNode, RunProgress } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { StateMark } from '../state/StateMark'
import { toneOf } from '../state/states'
import { Took } from '../time/When'
import { criticalPath, nodeOf } from './graph'
import { placesOf, size } from './layout'
import classes from './RunGraph.module.css'

interface Shown extends Record<string, unknown> {
  readonly node: RunPlanNode
  readonly activity: Activity | undefined
  readonly instances: readonly Activity[]
  readonly fraction: number | null | undefined
  readonly selected: boolean
}

const kinds = { activity: ActivityNode }

/** A run as a graph: what depends on what, how each stands, and the way that decided how long it took. */
export default function RunGraph({ plan, activities, progress, selected, onSelect }: {
  readonly plan: readonly RunPlanNode[]
  readonly activities: readonly Activity[]
  readonly progress: RunProgress | undefined
  readonly selected: string | undefined
  readonly onSelect: (activity: string) => void
}) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const places = useMemo(() => placesOf(plan), [plan])
  const critical = useMemo(() => new Set(criticalPath(plan, activities)), [plan, activities])

  const nodes = useMemo<Node<Shown>[]>(() => {
    const byName = new Map(activities.map((a) => [a.name, a]))
    const instances = new Map<string, Activity[]>()
    for (const a of activities) {
      const node = nodeOf(a.name)
      if (node === a.name) continue
      const those = instances.get(node)
      if (those) those.push(a)
      else instances.set(node, [a])
    }
    const fractions = new Map(progress?.activities.map((p) => [p.activity, p.fraction]))
    return plan.map((node) => ({
      id: node.name, type: 'activity', position: places.get(node.name)!, ...size,
      ariaLabel: node.name,
      data: { node, activity: byName.get(node.name), instances: instances.get(node.name) ?? [], fraction: fractions.get(node.name), selected: selected !== undefined && nodeOf(selected) === node.name },
    }))
  }, [plan, activities, progress, places, selected])

  const edges = useMemo<Edge[]>(() => plan.flatMap((node) => node.dependsOn.map((from): Edge => {
    const decides = critical.has(from) && critical.has(node.name)
    return {
      id: `${from}>${node.name}`, source: from, target: node.name, focusable: false,
      style: { stroke: decides ? 'var(--accent)' : 'var(--idle)', strokeWidth: decides ? 2 : 1, opacity: decides ? 1 : 0.55 },
    }
  })), [plan, critical])

  return (
    <div className={classes.graph}>
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={kinds} colorMode={scheme} fitView fitViewOptions={{ maxZoom: 1, padding: 0.08 }} minZoom={0.1}
        nodesDraggable={false} nodesConnectable={false} elementsSelectable onlyRenderVisibleElements={plan.length > 200}
        onNodeClick={(_, node) => onSelect(node.id)}
        onKeyDown={(event) => {
          const id = (event.target as HTMLElement).closest('.react-flow__node')?.getAttribute('data-id')
          if (event.key === 'Enter' && id) onSelect(id)
        }}
        proOptions={{ hideAttribution: true }} aria-label={t('runs.graph')}
      >
        <Background gap={20} color="var(--line)" />
        <Controls showInteractive={false} position="top-right" />
      </ReactFlow>
    </div>
  )
}

function ActivityNode({ data }: NodeProps<Node<Shown>>) {
  const { node, activity, instances, fraction, selected } = data
  const state = activity?.state ?? 'pending'
  const ended = instances.filter((i) => i.endedAt != null).length
  return (
    <div className={classes.node} data-tone={toneOf(state)} data-selected={selected ? '' : undefined} title={activity?.failure?.message ?? activity?.note ?? node.type}>
      <Handle type="target" position={Position.Left} className={classes.port} isConnectable={false} />
      <div className={classes.name}><span className="clip">{node.name}</span>{node.forEach && <span className="quiet">×{instances.length || '?'}</span>}</div>
      <div className={classes.facts}>
        <StateMark state={state} />
        <span>{instances.length > 0 ? `${ended}/${instances.length}` : activity?.startedAt && <Took seconds={activity.seconds} since={activity.startedAt} />}</span>
      </div>
      {fraction != null && <div className={classes.bar}><span style={{ width: `${fraction * 100}%` }} /></div>}
      <Handle type="source" position={Position.Right} className={classes.port} isConnectable={false} />
    </div>
  )
}
