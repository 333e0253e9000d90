import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { pipelinesQuery, type Pipeline } from '@/api/pipelines/pipelines'
import { systemQuery } from '@/api/system/system'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { LinkButton } from '../shell/LinkButton'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'

/** The pipelines that are applied. */
export function PipelinesPage() {
  const t = useText()
  const navigate = useNavigate()
  const pipelines = useQuery({ ...pipelinesQuery, refetchInterval: 15_000 })
  const system = useQuery(systemQuery)
  const columns = useMemo<Column<Pipeline>[]>(() => [
    { key: 'id', title: t('runs.pipeline'), width: 'minmax(200px, 2fr)', cell: (p) => <Link to="/pipelines/$pipeline" params={{ pipeline: p.id }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{p.id}</Link> },
    { key: 'revision', title: t('pipelines.revision'), width: '90px', end: true, cell: (p) => p.revision },
    { key: 'paused', title: t('pipelines.paused'), width: '110px', cell: (p) => t(p.paused ? 'pipelines.isPaused' : 'pipelines.isActive') },
    { key: 'by', title: t('pipelines.appliedBy'), width: '130px', cell: (p) => p.appliedBy },
    { key: 'at', title: t('pipelines.appliedAt'), width: '140px', cell: (p) => <When at={p.appliedAt} /> },
    { key: 'folder', title: t('pipelines.folder'), width: 'minmax(160px, 2fr)', cell: (p) => <span className="mono quiet" title={p.folder ?? ''}>{p.folder}</span> },
    { key: 'runs', title: '', width: '100px', cell: (p) => <Link to="/runs" search={{ pipeline: p.id }}>{t('pipelines.runs')}</Link> },
  ], [t])
  return (
    <Page title={t('shell.pipelines')} actions={<>{system.data?.elsaStudio && <a href="/elsa/">{t('pipelines.elsa')}</a>}<LinkButton to="/designer">{t('design.new')}</LinkButton></>}>
      <Loaded query={pipelines}>
        {(rows) => rows.length > 0
          ? <Table label={t('shell.pipelines')} columns={columns} rows={rows} keyOf={(p) => p.id} onOpen={(p) => void navigate({ to: '/pipelines/$pipeline', params: { pipeline: p.id } })} />
          : <Empty title={t('pipelines.none')}>{t('pipelines.noneHow')} <code>mlp apply pipeline.json</code></Empty>}
      </Loaded>
    </Page>
  )
}
