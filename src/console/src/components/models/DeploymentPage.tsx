import { SegmentedControl } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { deploymentHistoryQuery, deploymentMetricsQuery, deploymentQuery, promote, rollBack, withdraw, type DeploymentMetrics, type DeploymentRevision } from '@/api/deployments/deployments'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Card, Facts, Note } from '../facts/Facts'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import { When } from '../time/When'

const route = getRouteApi('/deployments/$deployment')
type Figures = DeploymentMetrics['versions'][number]

const millisOf = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 })

/** What a deployment serves, how that does, and everything that changed it and why. */
export function DeploymentPage() {
  const t = useText()
  const { deployment: name } = route.useParams()
  const deployment = useQuery(deploymentQuery(name))
  const [window, setWindow] = useState('P1D')
  const metrics = useQuery(deploymentMetricsQuery(name, window))
  const history = useInfiniteQuery(deploymentHistoryQuery(name))
  const changes = useMemo(() => history.data?.pages.flatMap((p) => p.items) ?? [], [history.data])
  const figure = (value: number | null | undefined, percent = false) => (value == null ? '–' : percent ? `${figureOf(value * 100)} %` : figureOf(value))
  const finds = metrics.data?.versions.some((v) => v.figures.found != null) ?? false
  const versions = useMemo<Column<Figures>[]>(() => [
    { key: 'version', title: t('models.version'), width: '80px', end: true, cell: (v) => v.figures.version },
    { key: 'role', title: t('models.role'), width: '110px', cell: (v) => v.role ?? '–' },
    { key: 'requests', title: t('models.requests'), width: '100px', end: true, cell: (v) => figureOf(v.figures.requests) },
    { key: 'errors', title: t('models.errors'), width: '90px', end: true, cell: (v) => figure(v.figures.errorRate, true) },
    { key: 'p99', title: t('models.latency'), width: '150px', end: true, cell: (v) => (v.figures.latencyP50 == null ? '–' : `${millisOf(v.figures.latencyP50)} / ${millisOf(v.figures.latencyP99 ?? 0)} ms`) },
    { key: 'impressions', title: t('models.impressions'), width: '110px', end: true, cell: (v) => figureOf(v.figures.impressions) },
    { key: 'ctr', title: t('models.ctr'), width: '110px', end: true, cell: (v) => figure(v.figures.clickThrough) },
    ...(finds
      ? [
          { key: 'hitRate', title: t('models.hitRate'), width: '90px', end: true, cell: (v: Figures) => figure(v.figures.found?.hitRate) },
          { key: 'recall', title: t('models.recall'), width: '90px', end: true, cell: (v: Figures) => figure(v.figures.found?.recall) },
          { key: 'recall10', title: t('models.recall10'), width: 'minmax(110px, 1fr)', end: true, cell: (v: Figures) => figure(v.figures.found?.recall10) },
        ]
      : [
          { key: 'auc', title: 'AUC', width: '90px', end: true, cell: (v: Figures) => figure(v.figures.auc) },
          { key: 'logloss', title: t('models.logLoss'), width: '90px', end: true, cell: (v: Figures) => figure(v.figures.logLoss) },
          { key: 'calibration', title: t('models.calibration'), width: 'minmax(90px, 1fr)', end: true, cell: (v: Figures) => figure(v.figures.calibration) },
        ]),
  ], [t, finds])
  const timeline = useMemo<Column<DeploymentRevision>[]>(() => [
    { key: 'at', title: t('pages.at'), width: '120px', cell: (r) => <When at={r.at} /> },
    { key: 'action', title: t('models.change'), width: '110px', cell: (r) => r.action },
    { key: 'spec', title: t('models.champion'), width: '90px', end: true, cell: (r) => r.spec?.champion },
    { key: 'by', title: t('pages.by'), width: 'minmax(140px, 1fr)', cell: (r) => { const run = /^run (\S+)$/.exec(r.by)?.[1]; return run ? <Link to="/runs/$run" params={{ run }}>{t('models.byRun', { run: run.slice(-8) })}</Link> : r.by } },
    { key: 'why', title: t('models.reason'), width: 'minmax(260px, 4fr)', cell: (r) => <span className="quiet" title={r.reason ?? ''}>{r.reason}</span> },
  ], [t])
  return (
    <Loaded query={deployment}>
      {(d) => (
        <Page
          title={name} trail={<Link to="/models" search={{ tab: 'deployments' }}>{t('models.deployments')}</Link>}
          actions={(
            <>
              {d.candidates.map((c) => <ActionButton key={c.version} label={t('models.promote', { version: c.version })} will={t('models.promoteWill', { version: c.version, champion: d.champion })} act={() => promote(name, c.version)} changes={[['deployments']]} />)}
              {d.candidates.map((c) => <ActionButton key={`w${c.version}`} label={t('models.withdraw', { version: c.version })} will={t('models.withdrawWill', { version: c.version })} act={() => withdraw(name, c.version)} changes={[['deployments']]} />)}
              {d.previous != null && <ActionButton danger label={t('models.rollBack', { version: d.previous })} will={t('models.rollBackWill', { version: d.previous, champion: d.champion })} act={() => rollBack(name)} changes={[['deployments']]} />}
            </>
          )}
        >
          {d.problem != null && <Note>{d.problem}</Note>}
          <Card title={t('models.served')}>
            <Facts of={[
              [t('models.model'), <Link key="m" to="/models/$model" params={{ model: d.model }}>{d.model}</Link>], [t('models.champion'), d.champion],
              [t('models.candidates'), d.candidates.map((c) => `${c.version} (${c.role}, ${c.percent} %)`).join(', ') || t('pages.none')],
              [t('models.policyWaits'), d.policyWaits],
            ]} />
          </Card>
          <div style={{ display: 'flex', gap: 10, alignItems: 'center' }}>
            <SegmentedControl aria-label={t('models.window')} value={window} onChange={setWindow} data={['PT1H', 'P1D', 'P7D'].map((v) => ({ value: v, label: t(`models.window.${v as 'PT1H' | 'P1D' | 'P7D'}`) }))} />
            {metrics.data && <span className="quiet">{t('models.waiting', { waiting: metrics.data.waiting, unmatched: metrics.data.unmatched })}</span>}
          </div>
          <Loaded query={metrics} lines={2}>
            {(m) => (m.versions.length > 0
              ? <div style={{ flex: '0 0 auto', height: 34 + 33 * m.versions.length, display: 'flex' }}><Table label={t('models.figures')} columns={versions} rows={m.versions} keyOf={(v) => String(v.figures.version)} /></div>
              : <span className="quiet">{t('models.noFigures')}</span>)}
          </Loaded>
          <div style={{ flex: 1, minHeight: 200, display: 'flex' }}><Table label={t('models.history')} columns={timeline} rows={changes} keyOf={(r) => String(r.number)} onEnd={() => { if (history.hasNextPage && !history.isFetchingNextPage) void history.fetchNextPage() }} /></div>
        </Page>
      )}
    </Loaded>
  )
}
