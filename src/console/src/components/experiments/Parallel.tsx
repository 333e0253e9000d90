import { Button, useComputedColorScheme } from '@mantine/core'
import { useCallback, useMemo, useRef, useState, type PointerEvent } from 'react'
import type { TrackedRun } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { figureOf } from '../time/time'
import { axisOf, bestOf, placeOn, ticksOf, within, type Axis, type Brushes } from './axes'
import { colourAt } from './colours'
import type { Goal } from './goals'
import { useCanvas } from './useCanvas'

const [top, bottom, side] = [34, 14, 70]
const mostAxes = 10
// Who drags to about the end of an axis means its end.
const toEnd = (at: number): number => (at > 0.97 ? 1 : at < 0.03 ? 0 : at)
const part = 0.1 // of the runs are drawn as the best

/** Each run is a line through its parameters to the goal. Parts of an axis are marked by dragging; what lies within all of them can be chosen. */
export function Parallel({ runs, parameters, goal, chosen, onChoose }: {
  readonly runs: readonly TrackedRun[]
  readonly parameters: readonly string[]
  readonly goal: Goal
  readonly chosen: readonly string[]
  readonly onChoose: (ids: readonly string[]) => void
}) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const [brushes, setBrushes] = useState<Brushes>(new Map())
  const drag = useRef<{ readonly axis: string; readonly from: number } | null>(null)
  const axes = useMemo(() => [...parameters.map((p) => axisOf(runs, p, 'parameters')), axisOf(runs, goal.metric, 'metrics')].filter((a): a is Axis => a !== null).slice(-mostAxes), [runs, parameters, goal.metric])
  const inside = useMemo(() => within(runs, axes, brushes), [runs, axes, brushes])
  const xOf = (i: number, width: number) => (axes.length < 2 ? width / 2 : side + (i * (width - 2 * side)) / (axes.length - 1))

  const draw = useCallback((context: CanvasRenderingContext2D, width: number, height: number, colour: (name: string) => string) => {
    const tall = height - top - bottom
    const x = (i: number) => (axes.length < 2 ? width / 2 : side + (i * (width - 2 * side)) / (axes.length - 1))
    const line = (run: TrackedRun) => {
      context.beginPath()
      let before = false
      axes.forEach((axis, i) => {
        const at = placeOn(axis, run)
        if (at !== null) {
          const y = top + (1 - at) * tall
          if (before) context.lineTo(x(i), y)
          else context.moveTo(x(i), y)
        }
        before = at !== null
      })
      context.stroke()
    }
    const lines = (some: readonly TrackedRun[], stroke: string, alpha: number, wide: number) => {
      context.strokeStyle = stroke
      context.globalAlpha = alpha
      context.lineWidth = wide
      for (const run of some) line(run)
    }
    const faint = Math.max(0.05, Math.min(0.5, 40 / Math.max(1, runs.length)))
    const shown = new Set(inside.map((r) => r.id))
    const best = bestOf(inside, goal.metric, goal.maximize, part)
    if (inside.length < runs.length) lines(runs.filter((r) => !shown.has(r.id)), colour('--line'), 0.5, 1)
    lines(inside.filter((r) => !best.has(r.id)), colour('--quiet'), faint, 1)
    lines(inside.filter((r) => best.has(r.id)), colourAt(scheme, 0), Math.max(0.35, faint), 1.5)
    lines(runs.filter((r) => chosen.includes(r.id)), colourAt(scheme, 1), 1, 2)
    context.globalAlpha = 1
  }, [axes, runs, inside, chosen, goal, scheme])
  const { canvas, size } = useCanvas(draw)

  const tall = Math.max(1, size.height - top - bottom)
  const atOf = (event: PointerEvent<SVGElement>) => Math.min(1, Math.max(0, 1 - (event.clientY - event.currentTarget.ownerSVGElement!.getBoundingClientRect().top - top) / tall))
  const mark = (axis: string, from: number, to: number) => setBrushes((old) => {
    const next = new Map(old)
    if (Math.abs(from - to) < 0.01) next.delete(axis)
    else next.set(axis, [toEnd(Math.min(from, to)), toEnd(Math.max(from, to))])
    return next
  })

  if (axes.length < 2) return <span className="quiet">{t('experiments.noAxes')}</span>
  return (
    <>
      <div style={{ display: 'flex', gap: 10, alignItems: 'center', fontSize: 13 }}>
        <span className="quiet">{brushes.size === 0 ? t('experiments.brush') : t('experiments.inside', { n: inside.length, of: runs.length })}</span>
        {brushes.size > 0 && <Button size="compact-xs" variant="default" onClick={() => onChoose(inside.slice(0, 50).map((r) => r.id))}>{t('experiments.chooseThese', { n: Math.min(50, inside.length) })}</Button>}
        {brushes.size > 0 && <Button size="compact-xs" variant="subtle" onClick={() => setBrushes(new Map())}>{t('experiments.unmark')}</Button>}
      </div>
      <div style={{ position: 'relative', flex: 1, minHeight: 0, background: 'var(--surface)', border: '1px solid var(--line)', borderRadius: 6, overflow: 'hidden' }}>
        <canvas ref={canvas} style={{ position: 'absolute', inset: 0, width: '100%', height: '100%' }} />
        <svg width={size.width} height={size.height} style={{ position: 'absolute', inset: 0 }} role="img" aria-label={t('experiments.parallelOf', { n: runs.length, axes: axes.map((a) => a.name).join(', ') })}>
          {axes.map((axis, i) => {
            const x = xOf(i, size.width)
            const brush = brushes.get(axis.name)
            return (
              <g key={`${axis.of} ${axis.name}`}>
                <text x={x} y={16} textAnchor="middle" fontSize={12} fontWeight={600} fill={axis.of === 'metrics' ? 'var(--accent)' : 'var(--ink)'}>{axis.name.length > 20 ? `${axis.name.slice(0, 19)}…` : axis.name}<title>{axis.name}</title></text>
                <line x1={x} x2={x} y1={top} y2={top + tall} stroke="var(--quiet)" />
                {ticksOf(axis).map(({ at, value }) => (
                  <text key={at} x={x + 6} y={top + (1 - at) * tall + (at === 1 ? 10 : at === 0 ? -2 : 4)} fontSize={11} fill="var(--ink)" stroke="var(--surface)" strokeWidth={3} paintOrder="stroke">{typeof value === 'number' ? figureOf(value) : value.length > 12 ? `${value.slice(0, 11)}…` : value}</text>
                ))}
                {brush && <rect x={x - 7} width={14} y={top + (1 - brush[1]) * tall} height={(brush[1] - brush[0]) * tall} fill="var(--accent)" fillOpacity={0.3} stroke="var(--accent)" />}
                <rect
                  data-axis={axis.name} x={x - 14} width={28} y={top} height={tall} fill="transparent" style={{ cursor: 'row-resize', touchAction: 'none' }}
                  onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); drag.current = { axis: axis.name, from: atOf(e) } }}
                  onPointerMove={(e) => { if (drag.current) mark(drag.current.axis, drag.current.from, atOf(e)) }}
                  onPointerUp={(e) => { if (drag.current) mark(drag.current.axis, drag.current.from, atOf(e)); drag.current = null }}
                />
              </g>
            )
          })}
        </svg>
      </div>
    </>
  )
}
