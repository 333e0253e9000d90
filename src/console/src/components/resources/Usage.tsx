import { SegmentedControl, useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { usageQuery, type Series, type Usage as Used } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { colourAt } from '../experiments/colours'
import { Card } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { seriesOf, type Resource } from './series'

const Curves = lazy(() => import('../experiments/Curves'))
const spans = [{ value: '1', label: '1 h' }, { value: '24', label: '24 h' }, { value: '168', label: '7 d' }, { value: '720', label: '30 d' }]

/** What attempts held over the last hours, by pool and by group. */
export function Usage() {
  const t = useText()
  const [hours, setHours] = useState('24')
  const [resource, setResource] = useState<Resource>('cpu')
  const usage = useQuery(usageQuery(Number(hours)))
  return (
    <>
      <div style={{ display: 'flex', gap: 10 }}>
        <SegmentedControl aria-label={t('resources.span')} value={hours} data={spans} onChange={setHours} />
        <SegmentedControl aria-label={t('resources.resource')} value={resource} data={[{ value: 'cpu', label: t('runs.cores') }, { value: 'memory', label: t('resources.memory') }, { value: 'gpu', label: 'GPU' }]} onChange={setResource} />
      </div>
      <Loaded query={usage}>
        {(u) => u.pools.length === 0
          ? <Empty title={t('resources.noUse')}>{t('resources.noUseHow')}</Empty>
          : (
            <>
              {!u.complete && <span className="quiet">{t('resources.notAll')}</span>}
              <Over title={t('resources.byPool')} usage={u} series={u.pools} resource={resource} />
              <Over title={t('resources.byGroup')} usage={u} series={u.groups} resource={resource} />
            </>
          )}
      </Loaded>
    </>
  )
}

function Over({ title, usage, series, resource }: { readonly title: string; readonly usage: Used; readonly series: readonly Series[]; readonly resource: Resource }) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const curves = useMemo(() => seriesOf(usage, series, resource).map((c) => ({ ...c, label: c.label || t('resources.noGroup') })), [usage, series, resource, t])
  return (
    <div style={{ flex: '1 1 0', minHeight: 180, display: 'flex', flexDirection: 'column' }}>
      <Card title={title} beside={<span style={{ fontSize: 12 }} className="quiet">{resource === 'memory' && 'GiB '}{curves.map((c, i) => <span key={c.label} style={{ marginLeft: 14 }}><span aria-hidden="true" style={{ display: 'inline-block', width: 14, height: 3, verticalAlign: 'middle', marginRight: 6, background: colourAt(scheme, i) }} />{c.label}</span>)}</span>}>
        <div style={{ height: 'clamp(120px, calc((100vh - 330px) / 2), 420px)', display: 'flex' }}><Suspense fallback={<div aria-busy="true" />}><Curves time curves={curves} label={`${title}: ${t('resources.usage')}`} /></Suspense></div>
      </Card>
    </div>
  )
}
