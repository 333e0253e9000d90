import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { datasetsQuery, type Dataset } from '@/api/datasets/datasets'
import { batchesQuery, type LabelBatch } from '@/api/labels/labels'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { dataTabs } from '../shell/tabs'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import { When } from '../time/When'
import { Sources } from './Sources'

const route = getRouteApi('/data')

/** Datasets, where data comes from, and what waits for labels of people. */
export function DataPage() {
  const t = useText()
  const { tab = 'datasets' } = route.useSearch()
  return (
    <Page title={t('shell.data')}>
      <PageTabs label={t('shell.data')} chosen={tab} tabs={dataTabs.map((value) => ({ value, label: t(`data.${value}`) }))} />
      {tab === 'datasets' && <Datasets />}
      {tab === 'sources' && <Sources />}
      {tab === 'labeling' && <Batches />}
    </Page>
  )
}

function Datasets() {
  const t = useText()
  const navigate = useNavigate()
  const datasets = useQuery(datasetsQuery)
  const columns = useMemo<Column<Dataset>[]>(() => [
    { key: 'name', title: t('data.dataset'), width: 'minmax(200px, 2fr)', cell: (d) => <Link to="/data/$dataset" params={{ dataset: d.name }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{d.name}</Link> },
    { key: 'latest', title: t('data.latest'), width: '120px', end: true, cell: (d) => d.latestVersion },
    { key: 'rows', title: t('data.rows'), width: '120px', end: true, cell: (d) => (d.rows == null ? '–' : figureOf(d.rows)) },
    { key: 'description', title: t('data.description'), width: 'minmax(160px, 3fr)', cell: (d) => <span className="quiet">{d.settings.description}</span> },
    { key: 'updated', title: t('pages.updated'), width: '130px', cell: (d) => <When at={d.updatedAt} /> },
  ], [t])
  return (
    <Loaded query={datasets}>
      {(rows) => rows.length > 0
        ? <Table label={t('data.datasets')} columns={columns} rows={rows} keyOf={(d) => d.name} onOpen={(d) => void navigate({ to: '/data/$dataset', params: { dataset: d.name } })} />
        : <Empty title={t('data.none')}>{t('data.noneHow')} <code>dataset.publish</code></Empty>}
    </Loaded>
  )
}

function Batches() {
  const t = useText()
  const navigate = useNavigate()
  const batches = useQuery(batchesQuery)
  const columns = useMemo<Column<LabelBatch>[]>(() => [
    { key: 'activity', title: t('data.batch'), width: 'minmax(160px, 1.5fr)', cell: (b) => <Link to="/data/labeling/$batch" params={{ batch: b.id }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{b.pipeline} · {b.activity}</Link> },
    { key: 'kind', title: t('data.kind'), width: '130px', cell: (b) => t(`data.kind.${b.kind}`) },
    { key: 'labels', title: t('data.labels'), width: 'minmax(150px, 2fr)', cell: (b) => b.labels.join(', ') },
    { key: 'done', title: t('data.progress'), width: '120px', end: true, cell: (b) => `${b.done} / ${b.items}` },
    { key: 'status', title: t('pages.state'), width: '110px', cell: (b) => <span title={b.closedBecause ?? ''}>{t(`data.${b.status}`)}</span> },
    { key: 'deadline', title: t('data.deadline'), width: '130px', cell: (b) => <When at={b.deadline} /> },
    { key: 'run', title: t('data.run'), width: '90px', cell: (b) => <Link to="/runs/$run" params={{ run: b.run }} className="mono">{b.run.slice(-8)}</Link> },
  ], [t])
  return (
    <Loaded query={batches}>
      {(rows) => rows.length > 0
        ? <Table label={t('data.labeling')} columns={columns} rows={rows} keyOf={(b) => b.id} onOpen={(b) => void navigate({ to: '/data/labeling/$batch', params: { batch: b.id } })} />
        : <Empty title={t('data.noBatch')}>{t('data.noBatchHow')} <code>label.human</code></Empty>}
    </Loaded>
  )
}
