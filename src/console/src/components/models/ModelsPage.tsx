import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { deploymentsQuery, type Deployment } from '@/api/deployments/deployments'
import { modelsQuery, type Model } from '@/api/models/models'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'

const route = getRouteApi('/models')

/** The registry, and what is served of it. */
export function ModelsPage() {
  const t = useText()
  const { tab = 'models' } = route.useSearch()
  return (
    <Page title={t('shell.models')}>
      <PageTabs label={t('shell.models')} chosen={tab} tabs={[{ value: 'models', label: t('models.registered') }, { value: 'deployments', label: t('models.deployments') }]} />
      {tab === 'models' ? <Models /> : <Deployments />}
    </Page>
  )
}

function Models() {
  const t = useText()
  const navigate = useNavigate()
  const models = useQuery(modelsQuery)
  const columns = useMemo<Column<Model>[]>(() => [
    { key: 'name', title: t('models.model'), width: 'minmax(200px, 2fr)', cell: (m) => <Link to="/models/$model" params={{ model: m.name }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{m.name}</Link> },
    { key: 'latest', title: t('models.latest'), width: '130px', end: true, cell: (m) => m.latestVersion },
    { key: 'champion', title: t('models.champion'), width: '130px', end: true, cell: (m) => m.championVersion ?? '–' },
    { key: 'updated', title: t('pages.updated'), width: '140px', cell: (m) => <When at={m.updatedAt} /> },
  ], [t])
  return (
    <Loaded query={models}>
      {(rows) => rows.length > 0
        ? <Table label={t('models.registered')} columns={columns} rows={rows} keyOf={(m) => m.name} onOpen={(m) => void navigate({ to: '/models/$model', params: { model: m.name } })} />
        : <Empty title={t('models.none')}>{t('models.noneHow')} <code>model.register</code></Empty>}
    </Loaded>
  )
}

function Deployments() {
  const t = useText()
  const navigate = useNavigate()
  const deployments = useQuery(deploymentsQuery)
  const columns = useMemo<Column<Deployment>[]>(() => [
    { key: 'name', title: t('models.deployment'), width: 'minmax(160px, 1.5fr)', cell: (d) => <Link to="/deployments/$deployment" params={{ deployment: d.name }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{d.name}</Link> },
    { key: 'model', title: t('models.model'), width: 'minmax(140px, 1fr)', cell: (d) => <Link to="/models/$model" params={{ model: d.model }}>{d.model}</Link> },
    { key: 'champion', title: t('models.champion'), width: '100px', end: true, cell: (d) => d.champion },
    { key: 'candidates', title: t('models.candidates'), width: 'minmax(150px, 1fr)', cell: (d) => d.candidates.map((c) => `${c.version} ${c.role} ${c.percent} %`).join(', ') || <span className="quiet">{t('pages.none')}</span> },
    { key: 'serving', title: t('models.serving'), width: '150px', cell: (d) => (d.problem != null ? <span style={{ color: 'var(--bad)' }} title={d.problem}>{d.problem}</span> : d.serving != null ? t('models.revision', { n: d.serving }) : <span className="quiet">{t('models.notHere')}</span>) },
    { key: 'changed', title: t('pages.updated'), width: '130px', cell: (d) => <When at={d.changedAt} /> },
  ], [t])
  return (
    <Loaded query={deployments}>
      {(rows) => rows.length > 0
        ? <Table label={t('models.deployments')} columns={columns} rows={rows} keyOf={(d) => d.name} onOpen={(d) => void navigate({ to: '/deployments/$deployment', params: { deployment: d.name } })} />
        : <Empty title={t('models.noDeployment')}>{t('models.noDeploymentHow')} <code>mlp deployments deploy NAME MODEL@VERSION</code></Empty>}
    </Loaded>
  )
}
