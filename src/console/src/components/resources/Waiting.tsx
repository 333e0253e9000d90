import { useInfiniteQuery, useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { runQuery, runsQuery, type RunDetail, type Wait } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'

interface Row {
  readonly run: RunDetail
  readonly wait: Wait
}

const most = 50 // runs that are asked for what they wait for

/** Which activities wait, why, what would release them, and when. */
export function Waiting() {
  const t = useText()
  const runs = useInfiniteQuery(runsQuery({ state: 'running' }))
  const asked = (runs.data?.pages[0]?.items ?? []).slice(0, most)
  const details = useQueries({ queries: asked.map((r) => ({ ...runQuery(r.id), refetchInterval: 5000 })) })
  const rows = details.flatMap(({ data }) => (data?.waits ?? []).map((wait): Row => ({ run: data!, wait })))
  const columns = useMemo<Column<Row>[]>(() => [
    { key: 'run', title: t('runs.pipeline'), width: 'minmax(120px, 1fr)', cell: ({ run }) => <Link to="/runs/$run" params={{ run: run.id }}>{run.pipeline}</Link> },
    { key: 'activity', title: t('runs.activity'), width: 'minmax(110px, 1fr)', cell: ({ wait }) => wait.activity },
    { key: 'why', title: t('runs.waitsFor'), width: 'minmax(220px, 3fr)', cell: ({ wait }) => <span title={wait.what}>{wait.what}</span> },
    { key: 'release', title: t('resources.release'), width: 'minmax(180px, 2.4fr)', cell: ({ wait }) => <span className="quiet" title={wait.release}>{wait.release}</span> },
    { key: 'since', title: t('resources.waitingSince'), width: '120px', cell: ({ wait }) => <When at={wait.since} /> },
    { key: 'earliest', title: t('resources.earliest'), width: '120px', cell: ({ wait }) => (wait.earliest == null ? <span className="quiet">{t('resources.unknown')}</span> : <When at={wait.earliest} />) },
  ], [t])
  return (
    <Loaded query={runs}>
      {() => rows.length > 0
        ? <Table label={t('resources.waiting')} columns={columns} rows={rows} keyOf={({ run, wait }) => `${run.id} ${wait.node} ${wait.activity}`} />
        : <Empty title={t('resources.noWait')}>{t('resources.noWaitHow')}</Empty>}
    </Loaded>
  )
}
