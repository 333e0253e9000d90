import '@xyflow/react/dist/base.css'
import { ActionIcon, Tooltip } from '@mantine/core'
import { IconArrowsMaximize, IconSitemap, IconX } from '@tabler/icons-react'
import {
  applyNodeChanges, Background, Controls, MarkerType, MiniMap, ReactFlow, ReactFlowProvider, SelectionMode, useConnection, useReactFlow, type Connection, type Edge as FlowEdge, type NodeChange, type OnConnectEnd,
} from '@xyflow/react'
import { useCallback, useEffect, useMemo, useRef, useState, type DragEvent, type ReactNode } from 'react'
import { useText } from '@/i18n/Language'
import { colorOf } from '../look'
import { connectAfter, connectData, disconnect, removeActivities } from '../model/change'
import type { Layout } from '../model/layout'
import type { Edge, Picture } from '../model/picture'
import { inputPort, outputPort, refusal, type Catalog, type PortKind, type Refusal } from '../model/ports'
import { ActivityCard, CardContext, DrawnContext, type Drawn } from './ActivityCard'
import { heightOf, width, type ActivityData, type ActivityNode } from './nodes'
import classes from './Canvas.module.css'

const readable = 0.62
const origin = { x: 0, y: 0 }
const nodeTypes = { activity: ActivityCard }
const kinds: readonly PortKind[] = ['table', 'features', 'model', 'report', 'metrics', 'value']
export const dragType = 'application/mlp-activity'

export interface CanvasProps {
  readonly picture: Picture
  readonly catalog: Catalog
  readonly data: ReadonlyMap<string, ActivityData>
  readonly positions: Layout
  readonly selected: ReadonlySet<string>
  readonly text: string
  readonly onText: (text: string) => void
  readonly onMove: (moved: Layout) => void
  readonly onSelect: (names: ReadonlySet<string>) => void
  readonly onOpenPorts: (name: string) => void
  readonly onAdd: (type: string, at: { readonly x: number; readonly y: number }) => void
  readonly onTidy: () => void
  /** The edge that is chosen. */
  readonly edge: string | null
  readonly onEdge: (id: string | null) => void
  /** All is shown anew whenever this changes. */
  readonly arranged: unknown
  /** Only to be looked at. */
  readonly readOnly?: boolean
  readonly children?: ReactNode
}

export function Canvas(props: CanvasProps) {
  return <ReactFlowProvider><Surface {...props} /></ReactFlowProvider>
}

const outputOf = (handle: string | null | undefined) => (handle?.startsWith('out:') ? handle.slice(4) : null)
const inputOf = (handle: string | null | undefined) => (handle?.startsWith('in:') ? handle.slice(3) : null)

function Surface({ picture, catalog, data, positions, selected, text, onText, onMove, onSelect, onOpenPorts, onAdd, onTidy, edge: chosenEdge, onEdge, arranged, readOnly = false, children }: CanvasProps) {
  const t = useText()
  const flow = useReactFlow<ActivityNode>()
  const [refused, setRefused] = useState<{ readonly words: string; readonly text: string } | null>(null)
  // It is about the text as it was.
  const told = refused?.text === text ? refused.words : null
  const setTold = useCallback((words: string | null) => setRefused(words === null ? null : { words, text }), [text])

  // Nodes live here while somebody drags them, and follow the text otherwise.
  const source = useMemo(() => ({ picture, data, positions, selected }), [picture, data, positions, selected])
  const [followed, setFollowed] = useState<typeof source | null>(null)
  const [nodes, setNodes] = useState<ActivityNode[]>([])
  if (source !== followed) {
    setFollowed(source)
    const before = new Map(nodes.map((n) => [n.id, n]))
    setNodes(picture.activities.map((a): ActivityNode => {
      const was = before.get(a.name)
      // What did not change stays the same object, so that nothing is done for it.
      const position = positions[a.name] ?? origin
      if (was && was.data === data.get(a.name) && (was.selected ?? false) === selected.has(a.name) && was.position.x === position.x && was.position.y === position.y && was.type === 'activity') return was
      return { ...was, id: a.name, type: 'activity', data: data.get(a.name)!, position, selected: selected.has(a.name), width, ariaLabel: `${a.name} ${a.type}` }
    }))
  }

  // All of it, or where it begins where all of it could not be read.
  const surface = useRef<HTMLDivElement>(null)
  const show = useCallback((duration: number) => {
    const { x, y, width: wide, height } = flow.getNodesBounds(flow.getNodes())
    const room = surface.current?.getBoundingClientRect()
    if (!room || wide === 0) return
    const fitting = Math.min((room.width * 0.9) / wide, (room.height * 0.88) / height, 1)
    const zoom = Math.max(fitting, readable)
    void flow.setViewport({
      zoom, y: room.height / 2 - (y + height / 2) * zoom,
      x: fitting < readable ? room.width * 0.05 - x * zoom : room.width / 2 - (x + wide / 2) * zoom,
    }, { duration })
  }, [flow])

  useEffect(() => {
    const frame = requestAnimationFrame(() => show(0))
    return () => cancelAnimationFrame(frame)
  }, [arranged, show])

  const byName = useMemo(() => new Map(picture.activities.map((a) => [a.name, a])), [picture])
  const drawn = useMemo<readonly FlowEdge[]>(() => picture.edges.map((e) => {
    const port = outputPort(catalog, byName.get(e.from), e.output ?? '')
    const color = e.kind === 'data' ? colorOf(port?.kind) : 'var(--idle)'
    return {
      id: e.id, source: e.from, target: e.to,
      sourceHandle: e.output !== null ? `out:${e.output}` : 'done',
      targetHandle: e.kind === 'data' ? `in:${e.input!.split('.')[0]}` : 'after',
      style: { stroke: color, ...(e.kind === 'data' ? {} : { strokeDasharray: e.kind === 'after' ? '6 4' : '2 3' }) },
      markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
      deletable: e.kind !== 'guard',
      ...(e.kind === 'guard' && e.input ? { label: e.input } : {}),
      ariaLabel: `${e.from}${e.output ? `.${e.output}` : ''} → ${e.to}${e.input ? `.${e.input}` : ''}`,
    }
  }), [picture, catalog, byName])
  const edges = useMemo(() => drawn.map((e) => (e.id === chosenEdge ? { ...e, selected: true } : e)), [drawn, chosenEdge])

  const why = useCallback((from: string, output: string | null, to: string, input: string | null): Refusal | null => {
    if (output !== null && input === null) return refusal(picture, catalog, from, null, to, null)
    if (output === null && input !== null) return { key: 'design.refuse.unknown', values: { output: from, input: `${to}.${input}` } }
    return refusal(picture, catalog, from, output, to, input)
  }, [picture, catalog])

  const acts = useMemo(() => ({
    open: onOpenPorts,
    fits: (from: { node: string; handle: string }, to: { node: string; handle: string }) => why(from.node, outputOf(from.handle), to.node, inputOf(to.handle)) === null,
  }), [onOpenPorts, why])

  // A text, because a new object at each move of the mouse would be a new drawing of all ports.
  const from = useConnection((c) => (c.inProgress && c.fromHandle.id ? JSON.stringify([c.fromNode.id, c.fromHandle.id, c.fromHandle.type]) : null))
  const begun = useMemo<Drawn | null>(() => {
    if (from === null) return null
    const [node, handle, type] = JSON.parse(from) as [string, string, string]
    return { node, handle, side: type === 'source' ? 'out' : 'in' }
  }, [from])

  const onNodesChange = useCallback((changes: NodeChange<ActivityNode>[]) => {
    setNodes((now) => applyNodeChanges(changes, now))
    const picks = changes.filter((c) => c.type === 'select')
    if (picks.length > 0) {
      const next = new Set(selected)
      for (const pick of picks) if (pick.selected) next.add(pick.id); else next.delete(pick.id)
      onSelect(next)
      if (next.size > 0) onEdge(null)
    }
  }, [onSelect, onEdge, selected])

  const connect = (c: Connection) => {
    const output = outputOf(c.sourceHandle), input = inputOf(c.targetHandle)
    setTold(null)
    if (output === null || input === null) return onText(connectAfter(text, c.source, c.target))
    const into = inputPort(catalog, picture.activities.find((a) => a.name === c.target), input)
    onText(connectData(text, c.source, output === '*' ? input : output, c.target, into?.many ? [input, c.source] : [input]))
  }

  // xyflow only says that it cannot be; people are told why.
  const onConnectEnd: OnConnectEnd = (_, state) => {
    if (!state.fromHandle || !state.fromNode || !state.toNode) return
    const forward = state.fromHandle.type === 'source'
    const [from, out] = forward ? [state.fromNode.id, state.fromHandle.id] : [state.toNode.id, state.toHandle?.id]
    const [to, into] = forward ? [state.toNode.id, state.toHandle?.id] : [state.fromNode.id, state.fromHandle.id]
    if (state.isValid || (!state.toHandle && from === to)) return
    const reason = state.toHandle ? why(from, outputOf(out), to, inputOf(into)) : null
    if (reason) setTold(t(reason.key, kindWords(reason)))
  }

  const kindWords = (r: Refusal) => r.key === 'design.refuse.kind'
    ? { ...r.values, from: t(`design.kind.${r.values.from as PortKind}`), to: t(`design.kind.${r.values.to as PortKind}`) } : r.values

  const drop = (e: DragEvent) => {
    const type = e.dataTransfer.getData(dragType)
    if (!type) return
    e.preventDefault()
    const at = flow.screenToFlowPosition({ x: e.clientX, y: e.clientY })
    onAdd(type, { x: Math.round(at.x - width / 2), y: Math.round(at.y - 24) })
  }

  return (
    <div ref={surface} className={classes.canvas} onDrop={drop} onDragOver={(e) => { if (e.dataTransfer.types.includes(dragType)) { e.preventDefault(); e.dataTransfer.dropEffect = 'copy' } }}>
      <CardContext value={acts}><DrawnContext value={begun}>
        <ReactFlow
          nodes={nodes} edges={edges} nodeTypes={nodeTypes} onNodesChange={onNodesChange}
          onNodeDragStop={(_, __, moved) => onMove(Object.fromEntries(moved.map((n) => [n.id, { x: Math.round(n.position.x), y: Math.round(n.position.y) }])))}
          onSelectionDragStop={(_, moved) => onMove(Object.fromEntries(moved.map((n) => [n.id, { x: Math.round(n.position.x), y: Math.round(n.position.y) }])))}
          onEdgesChange={(changes) => { for (const c of changes) if (c.type === 'select') { if (c.selected) onEdge(c.id); else if (c.id === chosenEdge) onEdge(null) } }}
          onDelete={({ nodes: gone, edges: cut }) => {
            const names = new Set(gone.map((n) => n.id))
            const ids = new Set(cut.map((c) => c.id))
            let next = text
            // What flows to what goes, goes with it; a reference of others to it stays, as a problem that can be seen.
            for (const e of gone.length === 0 ? picture.edges.filter((x: Edge) => ids.has(x.id)) : []) next = disconnect(next, e)
            onText(removeActivities(next, names))
            if (names.size > 0) onSelect(new Set())
          }}
          isValidConnection={(c) => c.source !== null && c.target !== null && why(c.source, outputOf(c.sourceHandle), c.target, inputOf(c.targetHandle)) === null}
          onConnect={connect} onConnectStart={() => setTold(null)} onConnectEnd={onConnectEnd} connectionRadius={18}
          onPaneClick={() => { setTold(null); onEdge(null) }}
          minZoom={0.1} maxZoom={1.6} selectionOnDrag panOnScroll panOnDrag={[1, 2]} selectionMode={SelectionMode.Partial}
          deleteKeyCode={readOnly ? null : ['Delete', 'Backspace']} nodesDraggable={!readOnly} nodesConnectable={!readOnly} multiSelectionKeyCode={['Shift', 'Control', 'Meta']} onlyRenderVisibleElements={picture.activities.length > 150}
          aria-label={t('design.canvas')}
        >
          <Background gap={20} color="var(--line)" />
          <Controls showInteractive={false} position="bottom-left" />
          {picture.activities.length > 8 && <MiniMap pannable zoomable nodeColor="var(--line)" maskColor="color-mix(in srgb, var(--sunken) 70%, transparent)" ariaLabel={t('design.map')} />}
        </ReactFlow>
      </DrawnContext></CardContext>
      <div className={classes.tools}>
        {!readOnly && <Tooltip label={t('design.tidy')}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('design.tidy')} onClick={onTidy}><IconSitemap size={16} style={{ rotate: '-90deg' }} /></ActionIcon></Tooltip>}
        <Tooltip label={t('design.fit')}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('design.fit')} onClick={() => void flow.fitView({ padding: 0.08, maxZoom: 1, duration: 200 })}><IconArrowsMaximize size={15} /></ActionIcon></Tooltip>
      </div>
      <div className={classes.legend} aria-hidden="true">{kinds.map((k) => <span key={k}><i style={{ '--c': colorOf(k) } as React.CSSProperties} />{t(`design.kind.${k}`)}</span>)}</div>
      {told && (
        <div className={classes.told} role="alert">
          {told}<ActionIcon size="xs" variant="subtle" color="red" aria-label={t('design.close')} onClick={() => setTold(null)}><IconX size={12} /></ActionIcon>
        </div>
      )}
      {children && <div className={classes.hint}>{children}</div>}
    </div>
  )
}

export { heightOf }
