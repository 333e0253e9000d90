import { SegmentedControl, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'
import { useRunLive } from '@/api/runs/live'
import { hasEnded, progressKey, runPlanQuery, runQuery, type RunDetail, type RunProgress } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { StateMark } from '../state/StateMark'
import { durationOf } from '../time/time'
import { Took, When } from '../time/When'
import { ActivityPanel } from './ActivityPanel'
import { nodeOf } from './graph'
import { RunActions } from './RunActions'
import { RunGantt } from './RunGantt'
import { RunSummary } from './RunSummary'
import { RunTable } from './RunTable'
import { graphMost, runViews, type RunPageSearch, type RunViewName } from './search'

const RunGraph = lazy(() => import('./RunGraph'))
const route = getRouteApi('/runs/$run')

/** One run, live while it goes on. */
export function RunPage() {
  const t = useText()
  const { run: id } = route.useParams()
  const run = useQuery(runQuery(id))
  const live = useRunLive(id, run.data !== undefined && !hasEnded(run.data.state))
  return (
    <Loaded query={run} lines={12}>
      {(data) => <Whole run={data} live={live} label={t('runs.live')} />}
    </Loaded>
  )
}

function Whole({ run, live, label }: { readonly run: RunDetail; readonly live: boolean; readonly label: string }) {
  const t = useText()
  const navigate = useNavigate()
  const search = route.useSearch()
  const plan = useQuery(runPlanQuery(run.id))
  const progress = useQuery<RunProgress>({ queryKey: progressKey(run.id), enabled: false })
  const nodes = plan.data?.nodes ?? []
  const view: RunViewName = search.view ?? (nodes.length > graphMost ? 'table' : 'graph')
  const set = useCallback((change: { [K in keyof RunPageSearch]?: RunPageSearch[K] | undefined }) =>
    void navigate({ to: '/runs/$run', params: { run: run.id }, replace: true, search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, v]) => v !== undefined)) }), [navigate, run.id])
  const select = useCallback((activity: string) => set({ activity, attempt: undefined }), [set])
  const activity = run.activities.find((a) => a.name === search.activity)
  const left = hasEnded(run.state) ? null : (progress.data?.secondsLeft ?? null)

  return (
    <Page
      title={run.pipeline}
      trail={<Link to="/runs">{t('shell.runs')}</Link>}
      beside={(
        <>
          <StateMark state={run.state} />
          <Text size="sm" c="dimmed" component="span">
            <When at={run.createdAt} /> · <Took seconds={run.seconds} since={run.createdAt} />
            {left !== null && <> · {t('runs.left')} ≈ {durationOf(left)}</>}
            {live && <> · {label}</>}
          </Text>
          <Text size="xs" c="dimmed" component="span" className="mono" title={run.id}>{run.id.slice(-8)}</Text>
        </>
      )}
      actions={<RunActions run={run} plan={nodes} selected={search.activity} />}
    >
      <div style={{ display: 'flex', gap: 10, alignItems: 'center' }}>
        <SegmentedControl aria-label={t('runs.view')} value={view} onChange={(v) => set({ view: v as RunViewName })} data={runViews.map((v) => ({ value: v, label: t(`runs.view.${v}`) }))} />
        <Text size="sm" c="dimmed">{t('runs.counts', { succeeded: 0, failed: 0, skipped: 0, running: 0, total: 0, ...run.counts })}{run.omitted > 0 && ` · ${t('runs.omitted', { n: run.omitted })}`}</Text>
      </div>
      <div style={{ flex: '1 1 0', minHeight: 220, display: 'flex', flexDirection: 'column' }}>
        {view === 'graph' && (
          <Loaded query={plan}>
            {({ nodes: shown }) => <Suspense fallback={<div aria-busy="true" />}><RunGraph plan={shown} activities={run.activities} progress={progress.data} selected={search.activity} onSelect={select} /></Suspense>}
          </Loaded>
        )}
        {view === 'gantt' && <RunGantt run={run} plan={nodes} selected={search.activity} onSelect={select} />}
        {view === 'table' && <RunTable activities={run.activities} selected={search.activity} onSelect={select} />}
      </div>
      <div style={{ flex: '1.1 1 0', minHeight: 240, display: 'flex', flexDirection: 'column' }}>
        {activity
          ? (
            <ActivityPanel
              run={run} activity={activity} node={nodes.find((n) => n.name === nodeOf(activity.name))} progress={progress.data}
              tab={search.tab ?? 'overview'} attempt={search.attempt}
              onTab={(tab) => set({ tab })} onAttempt={(attempt) => set({ attempt })} onClose={() => set({ activity: undefined, tab: undefined, attempt: undefined })}
            />
          )
          : <RunSummary run={run} />}
      </div>
    </Page>
  )
}
