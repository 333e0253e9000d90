import { Button, useComputedColorScheme } from '@mantine/core'
import { useCallback, useMemo } from 'react'
import type { TrackedRun } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import { axisOf, placeOn, ticksOf, type Axis } from './axes'
import { colourAt } from './colours'
import type { Goal } from './goals'
import { useCanvas } from './useCanvas'

const [left, right, top, bottom] = [64, 24, 16, 40]

/** All runs by two goals, and those that no other beats in both at once, as the server found them. */
export function Front({ runs, front, goals: [across, up], onChoose }: {
  readonly runs: readonly TrackedRun[]
  readonly front: readonly TrackedRun[]
  readonly goals: readonly [Goal, Goal]
  readonly onChoose: (ids: readonly string[]) => void
}) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const all = useMemo(() => [...runs, ...front], [runs, front])
  const axes = useMemo(() => [axisOf(all, across.metric, 'metrics'), axisOf(all, up.metric, 'metrics')] as const, [all, across.metric, up.metric])
  const sorted = useMemo(() => front.toSorted((a, b) => Number(a.metrics[across.metric]) - Number(b.metrics[across.metric])), [front, across.metric])
  const draw = useCallback((context: CanvasRenderingContext2D, width: number, height: number, colour: (name: string) => string) => {
    const [x, y] = axes
    if (!x || !y) return
    const at = (run: TrackedRun): readonly [number, number] | null => {
      const [h, v] = [placeOn(x, run), placeOn(y, run)]
      return h === null || v === null ? null : [left + h * (width - left - right), height - bottom - v * (height - top - bottom)]
    }
    context.fillStyle = colour('--quiet')
    context.globalAlpha = Math.max(0.15, Math.min(0.7, 200 / Math.max(1, runs.length)))
    for (const run of runs) {
      const p = at(run)
      if (p) { context.beginPath(); context.arc(p[0], p[1], 3, 0, 7); context.fill() }
    }
    context.globalAlpha = 1
    const points = sorted.map(at).filter((p) => p !== null)
    context.strokeStyle = context.fillStyle = colourAt(scheme, 0)
    context.lineWidth = 1.5
    context.beginPath()
    points.forEach(([px, py], i) => (i === 0 ? context.moveTo(px, py) : context.lineTo(px, py)))
    context.stroke()
    for (const [px, py] of points) { context.beginPath(); context.arc(px, py, 5, 0, 7); context.fill() }
  }, [axes, runs, sorted, scheme])
  const { canvas, size } = useCanvas(draw)
  const columns = useMemo<Column<TrackedRun>[]>(() => [
    { key: 'name', title: t('experiments.run'), width: 'minmax(110px, 1fr)', cell: (r) => <span title={Object.entries(r.parameters).map(([k, v]) => `${k} = ${v}`).join('\n')}>{r.name || r.id.slice(-8)}</span> },
    ...[across, up].map((g): Column<TrackedRun> => ({ key: g.metric, title: `${g.metric} ${g.maximize ? '↑' : '↓'}`, width: '110px', end: true, cell: (r) => { const v = r.metrics[g.metric]; return typeof v === 'number' ? figureOf(v) : String(v ?? '–') } })),
  ], [t, across, up])
  const [x, y] = axes
  if (!x || !y) return <span className="quiet">{t('experiments.noFront')}</span>
  return (
    <div style={{ flex: 1, minHeight: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1.6fr) minmax(340px, 1fr)', gap: 10 }}>
      <div style={{ position: 'relative', minHeight: 0, background: 'var(--surface)', border: '1px solid var(--line)', borderRadius: 6, overflow: 'hidden' }}>
        <canvas ref={canvas} style={{ position: 'absolute', inset: 0, width: '100%', height: '100%' }} role="img" aria-label={t('experiments.frontOf', { n: front.length, of: runs.length })} />
        <svg width={size.width} height={size.height} style={{ position: 'absolute', inset: 0, pointerEvents: 'none' }} aria-hidden="true">
          <line x1={left} x2={left} y1={top} y2={size.height - bottom} stroke="var(--quiet)" />
          <line x1={left} x2={size.width - right} y1={size.height - bottom} y2={size.height - bottom} stroke="var(--quiet)" />
          {ticksOf(x).map(({ at, value }) => <text key={at} x={left + at * (size.width - left - right)} y={size.height - bottom + 14} textAnchor={at === 1 ? 'end' : at === 0 ? 'start' : 'middle'} fontSize={11} fill="var(--quiet)">{typeof value === 'number' ? figureOf(value) : value}</text>)}
          {ticksOf(y).map(({ at, value }) => <text key={at} x={left - 6} y={size.height - bottom - at * (size.height - top - bottom) + 4} textAnchor="end" fontSize={11} fill="var(--quiet)">{typeof value === 'number' ? figureOf(value) : value}</text>)}
          <Name axis={x} goal={across} x={size.width - right} y={size.height - 8} anchor="end" />
          <Name axis={y} goal={up} x={left + 8} y={top + 8} anchor="start" />
        </svg>
      </div>
      <div style={{ display: 'flex', flexDirection: 'column', gap: 6, minHeight: 0 }}>
        <div style={{ display: 'flex', alignItems: 'center', gap: 8, fontSize: 13 }}>
          <span className="quiet">{t('experiments.frontOf', { n: front.length, of: runs.length })}</span>
          <Button size="compact-xs" variant="default" ml="auto" style={{ flexShrink: 0 }} onClick={() => onChoose(front.slice(0, 50).map((r) => r.id))}>{t('experiments.chooseThese', { n: Math.min(50, front.length) })}</Button>
        </div>
        <Table label={t('experiments.front')} columns={columns} rows={sorted} keyOf={(r) => r.id} />
      </div>
    </div>
  )
}

function Name({ axis, goal, x, y, anchor }: { readonly axis: Axis; readonly goal: Goal; readonly x: number; readonly y: number; readonly anchor: 'start' | 'end' }) {
  return <text x={x} y={y} textAnchor={anchor} fontSize={12} fontWeight={600} fill="var(--ink)">{axis.name} {goal.maximize ? '↑' : '↓'}</text>
}
