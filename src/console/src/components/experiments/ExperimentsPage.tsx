import { useQuery, useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { experimentsQuery, sweepsQuery, type Experiment, type Sweep } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { Meter } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { Scripts } from '../scripts/Scripts'
import { LinkButton } from '../shell/LinkButton'
import { PageTabs } from '../shell/PageTabs'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import type { SweepState } from '../sweeps/SweepPage'
import { When } from '../time/When'

const route = getRouteApi('/experiments')

/** Experiments, and the sweeps that search for the best parameters. */
export function ExperimentsPage() {
  const t = useText()
  const { tab = 'experiments' } = route.useSearch()
  return (
    <Page title={t('shell.experiments')}>
      <div style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
        <PageTabs label={t('shell.experiments')} chosen={tab} tabs={[{ value: 'experiments', label: t('experiments.list') }, { value: 'sweeps', label: t('experiments.sweeps') }, { value: 'scripts', label: t('experiments.scripts') }]} />
        <span style={{ marginLeft: 'auto' }}><LinkButton to="/experiments/sweeps/new">{t('sweep.new')}</LinkButton></span>
      </div>
      {tab === 'experiments' && <Experiments />}
      {tab === 'sweeps' && <Sweeps />}
      {tab === 'scripts' && <Scripts />}
    </Page>
  )
}

function Experiments() {
  const t = useText()
  const navigate = useNavigate()
  const experiments = useQuery(experimentsQuery)
  const columns = useMemo<Column<Experiment>[]>(() => [
    { key: 'name', title: t('experiments.experiment'), width: 'minmax(220px, 3fr)', cell: (e) => <Link to="/experiments/$experiment" params={{ experiment: e.name }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{e.name}</Link> },
    { key: 'created', title: t('pages.created'), width: '140px', cell: (e) => <When at={e.createdAt} /> },
    { key: 'updated', title: t('pages.updated'), width: '140px', cell: (e) => <When at={e.updatedAt} /> },
  ], [t])
  return (
    <Loaded query={experiments}>
      {(rows) => rows.length > 0
        ? <Table label={t('experiments.list')} columns={columns} rows={rows} keyOf={(e) => String(e.id)} onOpen={(e) => void navigate({ to: '/experiments/$experiment', params: { experiment: e.name } })} />
        : <Empty title={t('experiments.none')}>{t('experiments.noneHow')} <code>mlp sweep --help</code></Empty>}
    </Loaded>
  )
}

function Sweeps() {
  const t = useText()
  const navigate = useNavigate()
  const sweeps = useInfiniteQuery(sweepsQuery)
  const rows = useMemo(() => sweeps.data?.pages.flatMap((p) => p.items) ?? [], [sweeps.data])
  const columns = useMemo<Column<Sweep>[]>(() => [
    { key: 'name', title: t('pages.name'), width: 'minmax(130px, 1.5fr)', cell: (s) => <Link to="/experiments/sweeps/$sweep" params={{ sweep: s.id }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{s.name}</Link> },
    { key: 'pipeline', title: t('runs.pipeline'), width: 'minmax(110px, 1fr)', cell: (s) => <Link to="/runs" search={{ pipeline: s.pipeline }}>{s.pipeline}</Link> },
    { key: 'state', title: t('pages.state'), width: '110px', cell: (s) => <span title={s.because ?? ''}>{t(`experiments.sweep.${s.state as SweepState}`)}</span> },
    { key: 'objective', title: t('experiments.objective'), width: 'minmax(130px, 1fr)', cell: (s) => <span title={t(`experiments.${s.direction}`)}>{s.objective}</span> },
    { key: 'best', title: t('experiments.best'), width: '90px', end: true, cell: (s) => (s.best == null ? '–' : figureOf(s.best)) },
    { key: 'progress', title: t('experiments.progress'), width: '110px', cell: (s) => <Meter label={`${s.name}: ${t('experiments.progress')}`} used={s.counts.completed + s.counts.failed + s.counts.stopped} total={s.most} /> },
    { key: 'trials', title: t('experiments.trials'), width: 'minmax(230px, 1.4fr)', cell: (s) => <span className="quiet num">{t('experiments.trialsOf', { completed: s.counts.completed, most: s.most, failed: s.counts.failed, stopped: s.counts.stopped })}</span> },
    { key: 'created', title: t('pages.created'), width: '116px', cell: (s) => <When at={s.createdAt} /> },
  ], [t])
  return (
    <Loaded query={sweeps}>
      {() => rows.length > 0
        ? <Table label={t('experiments.sweeps')} columns={columns} rows={rows} keyOf={(s) => s.id} onOpen={(s) => void navigate({ to: '/experiments/sweeps/$sweep', params: { sweep: s.id } })} onEnd={() => { if (sweeps.hasNextPage && !sweeps.isFetchingNextPage) void sweeps.fetchNextPage() }} />
        : <Empty title={t('experiments.noSweep')}>{t('experiments.noSweepHow')} <code>mlp sweep --help</code></Empty>}
    </Loaded>
  )
}
