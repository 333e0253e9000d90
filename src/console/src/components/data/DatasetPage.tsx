import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { datasetQuery, type DatasetVersion } from '@/api/datasets/datasets'
import { useText } from '@/i18n/Language'
import { TableView } from '../artifacts/ArtifactPreview'
import { Card, Facts, Note, Scroll } from '../facts/Facts'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { bytesOf, figureOf } from '../time/time'
import { When } from '../time/When'
import { changedColumns } from './lineage'
import { LineageView } from './LineageView'

const route = getRouteApi('/data/$dataset')

/** A dataset: its versions, what each holds, how its columns changed, and what it was made of. */
export function DatasetPage() {
  const t = useText()
  const { dataset: name } = route.useParams()
  const { version } = route.useSearch()
  const navigate = useNavigate()
  const detail = useQuery(datasetQuery(name))
  const columns = useMemo<Column<DatasetVersion>[]>(() => [
    { key: 'version', title: t('models.version'), width: '90px', end: true, cell: (v) => v.version },
    { key: 'rows', title: t('data.rows'), width: '120px', end: true, cell: (v) => figureOf(v.rows) },
    { key: 'columns', title: t('data.columns'), width: '90px', end: true, cell: (v) => v.columns.length },
    { key: 'bytes', title: t('data.bytes'), width: '110px', end: true, cell: (v) => bytesOf(v.artifact.bytes) },
    { key: 'created', title: t('pages.created'), width: '130px', cell: (v) => <When at={v.createdAt} /> },
    { key: 'run', title: t('runs.id'), width: 'minmax(140px, 1fr)', cell: (v) => <Link to="/runs/$run" params={{ run: v.run }}>{v.pipeline} <span className="mono">{v.run.slice(-8)}</span></Link> },
  ], [t])
  return (
    <Page title={name} trail={<Link to="/data">{t('shell.data')}</Link>}>
      <Loaded query={detail}>
        {({ versions, dataset }) => {
          const shown = versions.find((v) => v.version === version) ?? versions.find((v) => v.version === dataset.latestVersion) ?? versions[0]
          return (
            <>
              <div style={{ flex: '0 1 auto', height: 36 + 33 * Math.min(6, versions.length), display: 'flex', flexDirection: 'column' }}>
                <Table label={t('models.versions')} columns={columns} rows={versions} keyOf={(v) => String(v.version)} isActive={(v) => v === shown} onOpen={(v) => void navigate({ to: '/data/$dataset', params: { dataset: name }, search: { version: v.version }, replace: true })} />
              </div>
              {shown && (
                <Scroll label={`${t('models.version')} ${shown.version}`}>
                  <Card title={`${t('models.version')} ${shown.version}`}>
                    <Schema versions={versions} shown={shown} />
                    {shown.removedAt == null ? <TableView key={shown.artifact.$artifact} hash={shown.artifact.$artifact} /> : <Note>{t('data.versionRemoved')}</Note>}
                  </Card>
                  <Card title={t('data.lineage')}><LineageView key={shown.version} kind="datasets" name={name} version={shown.version} /></Card>
                </Scroll>
              )}
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

function Schema({ versions, shown }: { readonly versions: readonly DatasetVersion[]; readonly shown: DatasetVersion }) {
  const t = useText()
  const before = versions.filter((v) => v.version < shown.version).toSorted((a, b) => b.version - a.version)[0]
  if (!before) return null
  const changed = changedColumns(before.columns, shown.columns)
  return (
    <Facts of={[
      [t('data.schemaSince', { version: before.version }), changed.length === 0 ? t('data.sameSchema') : ''],
      ...changed.map((c) => [<span key={c.name} className="mono">{c.name}</span>, c.before === null ? `${t('data.added')} (${c.now})` : c.now === null ? t('data.removedColumn') : `${c.before} → ${c.now}`] as const),
    ]} />
  )
}
