import { useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { comparisonQuery, type TrackedRun } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { colourAt } from './colours'
import type { Curve } from './Curves'

const Curves = lazy(() => import('./Curves'))

/** The curves of a metric over the steps of some runs, and which colour is which. */
export function CurvesOf({ runs, metric }: { readonly runs: readonly TrackedRun[]; readonly metric: string }) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const ids = useMemo(() => runs.map((r) => r.id), [runs])
  const compared = useQuery(comparisonQuery(ids, [metric]))
  const curves = useMemo<readonly Curve[]>(() => {
    const names = new Map(runs.map((r) => [r.id, r.name || r.id.slice(-8)]))
    return (compared.data?.curves ?? []).filter((c) => c.metric === metric && c.steps.length > 0).map((c) => ({ label: names.get(c.run) ?? c.run.slice(-8), steps: c.steps, values: c.values }))
  }, [compared.data, runs, metric])
  return (
    <Loaded query={compared}>
      {() => curves.length === 0
        ? <span className="quiet">{t('experiments.noCurve')}</span>
        : (
          <div style={{ flex: 1, minHeight: 0, display: 'flex', gap: 12, background: 'var(--surface)', border: '1px solid var(--line)', borderRadius: 6, padding: 10 }}>
            <Suspense fallback={<div aria-busy="true" style={{ flex: 1 }} />}><Curves curves={curves} label={`${t('experiments.curves')}: ${metric}`} /></Suspense>
            <ul style={{ listStyle: 'none', margin: 0, padding: 0, maxWidth: 220, overflow: 'auto', fontSize: 12 }}>
              {curves.map((c, i) => <li key={`${c.label} ${i}`} className="clip"><span aria-hidden="true" style={{ display: 'inline-block', width: 14, height: 3, verticalAlign: 'middle', marginRight: 6, background: colourAt(scheme, i) }} />{c.label}</li>)}
            </ul>
          </div>
        )}
    </Loaded>
  )
}
