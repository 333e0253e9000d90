import { Select, useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { comparisonQuery, type TrackedRun } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { colourAt } from './colours'
import type { Curve } from './Curves'

const Curves = lazy(() => import('./Curves'))

/** The curves of a metric over the steps of some runs, and which colour is which. Without a choice, the first metric that has any shows. */
export function CurvesOf({ runs, metrics, metric, onMetric }: {
  readonly runs: readonly TrackedRun[]
  readonly metrics: readonly string[]
  readonly metric: string | undefined
  readonly onMetric: (metric: string) => void
}) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const ids = useMemo(() => runs.map((r) => r.id), [runs])
  const names = useMemo(() => (metric === undefined || metrics.includes(metric) ? metrics : [metric, ...metrics]), [metric, metrics])
  const compared = useQuery(comparisonQuery(ids, names))
  const drawn = metric ?? compared.data?.curves[0]?.metric ?? names[0]!
  const curves = useMemo<readonly Curve[]>(() => {
    const labels = new Map(runs.map((r) => [r.id, r.name || r.id.slice(-8)]))
    return (compared.data?.curves ?? []).filter((c) => c.metric === drawn).map((c) => ({ label: labels.get(c.run) ?? c.run.slice(-8), steps: c.steps, values: c.values }))
  }, [compared.data, runs, drawn])
  return (
    <Loaded query={compared}>
      {() => (
        <>
          <Select w={220} aria-label={t('experiments.metric')} data={[...names]} value={drawn} onChange={(v) => v && onMetric(v)} allowDeselect={false} />
          {curves.length === 0
            ? <span className="quiet">{t('experiments.noCurve')}</span>
            : (
              <div style={{ flex: 1, minHeight: 0, display: 'flex', gap: 12, background: 'var(--surface)', border: '1px solid var(--line)', borderRadius: 6, padding: 10 }}>
                <Suspense fallback={<div aria-busy="true" style={{ flex: 1 }} />}><Curves curves={curves} label={`${t('experiments.curves')}: ${drawn}`} /></Suspense>
                <ul style={{ listStyle: 'none', margin: 0, padding: 0, maxWidth: 220, overflow: 'auto', fontSize: 12 }}>
                  {curves.map((c, i) => <li key={`${c.label} ${i}`} className="clip"><span aria-hidden="true" style={{ display: 'inline-block', width: 14, height: 3, verticalAlign: 'middle', marginRight: 6, background: colourAt(scheme, i) }} />{c.label}</li>)}
                </ul>
              </div>
            )}
        </>
      )}
    </Loaded>
  )
}
