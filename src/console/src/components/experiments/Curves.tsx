import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import { colourAt } from './colours'
import { alignedOf } from './columns'

export interface Curve {
  readonly label: string
  readonly steps: readonly number[]
  readonly values: readonly (number | string)[]
}

/** Lines over steps. */
export default function Curves({ curves, label }: { readonly curves: readonly Curve[]; readonly label: string }) {
  const holder = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    const element = holder.current
    if (!element) return
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name)
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 } }
    const plot = new UPlot({
      width: element.clientWidth, height: element.clientHeight, legend: { show: false }, scales: { x: { time: false } }, axes: [{ ...axis }, { ...axis, size: 62 }],
      series: [{}, ...curves.map((c, i) => ({ label: c.label, stroke: colourAt(scheme, i), width: 1.5, spanGaps: true, points: { show: c.steps.length < 30 } }))],
    }, alignedOf(curves) as unknown as UPlot.AlignedData, element)
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [curves, scheme])
  return <div ref={holder} role="img" aria-label={label} style={{ flex: 1, minHeight: 0, minWidth: 0, overflow: 'hidden' }} />
}
