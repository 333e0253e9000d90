import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { hasEnded, runQuery, type Activity } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { StateMark } from '../state/StateMark'
import { Table, type Column } from '../table/Table'
import { Took, When } from '../time/When'

const route = getRouteApi('/runs/$run')

/** One run. */
export function RunPage() {
  const t = useText()
  const { run: id } = route.useParams()
  const run = useQuery({ ...runQuery(id), refetchInterval: (q) => (q.state.data && hasEnded(q.state.data.state) ? false : 1000) })
  const columns = useMemo<Column<Activity>[]>(() => [
    { key: 'name', title: t('runs.activity'), width: 'minmax(160px, 1fr)', cell: (a) => a.name },
    { key: 'type', title: t('runs.type'), width: '150px', cell: (a) => <span className="quiet">{a.type}</span> },
    { key: 'state', title: t('pages.state'), width: '140px', cell: (a) => <StateMark state={a.state} /> },
    { key: 'took', title: t('runs.took'), width: '110px', end: true, cell: (a) => <Took seconds={a.seconds} since={a.startedAt} /> },
    { key: 'attempts', title: t('runs.attempts'), width: '110px', end: true, cell: (a) => a.attempts },
    { key: 'note', title: t('runs.note'), width: 'minmax(200px, 2fr)', cell: (a) => <span className="quiet" title={a.failure?.message ?? a.note ?? ''}>{a.failure ? `${a.failure.code} ${a.failure.message}` : a.note}</span> },
  ], [t])
  return (
    <Page title={run.data?.pipeline ?? t('shell.runs')} trail={<Link to="/runs">{t('shell.runs')}</Link>} beside={run.data && <><StateMark state={run.data.state} /><Text size="sm" c="dimmed"><When at={run.data.createdAt} /> · <Took seconds={run.data.seconds} since={run.data.createdAt} /></Text></>}>
      <Loaded query={run}>{(data) => <Table label={t('runs.activities')} columns={columns} rows={data.activities} keyOf={(a) => String(a.node)} />}</Loaded>
    </Page>
  )
}
