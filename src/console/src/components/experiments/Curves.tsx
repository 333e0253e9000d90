import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import { useLanguage } from '@/i18n/Language'
import { colourAt } from './colours'
import { alignedOf } from './columns'

export interface Curve {
  readonly label: string
  readonly steps: readonly number[]
  readonly values: readonly (number | string)[]
}

// Within two days the time says enough; beyond, the day does.
function instantIn(seconds: number, all: readonly number[], language: string): string {
  const isShort = (all.at(-1) ?? 0) - (all[0] ?? 0) < 2 * 86_400
  return new Date(seconds * 1000).toLocaleString(language, isShort ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : { day: 'numeric', month: 'short' })
}

/** Lines over steps, or over time: then steps are seconds since 1970. */
export default function Curves({ curves, label, time = false }: { readonly curves: readonly Curve[]; readonly label: string; readonly time?: boolean }) {
  const holder = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  const { language } = useLanguage()
  useEffect(() => {
    const element = holder.current
    if (!element) return
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name)
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 } }
    const plot = new UPlot({
      width: element.clientWidth, height: element.clientHeight, legend: { show: false }, scales: { x: { time } }, axes: [{ ...axis, ...(time ? { values: (_: UPlot, at: number[]) => at.map((s) => instantIn(s, at, language)), space: 90 } : {}) }, { ...axis, size: 62 }],
      series: [{}, ...curves.map((c, i) => ({ label: c.label, stroke: colourAt(scheme, i), width: 1.5, spanGaps: true, points: { show: c.steps.length < 30 } }))],
    }, alignedOf(curves) as unknown as UPlot.AlignedData, element)
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [curves, scheme, time, language])
  return <div ref={holder} role="img" aria-label={label} style={{ flex: 1, minHeight: 0, minWidth: 0, overflow: 'hidden' }} />
}
