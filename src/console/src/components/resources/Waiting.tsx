import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { waitsQuery, type Waiting as Row } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'

/** Which activities of all runs wait, why, what would release them, and when. */
export function Waiting() {
  const t = useText()
  const waits = useQuery(waitsQuery)
  const columns = useMemo<Column<Row>[]>(() => [
    { key: 'run', title: t('runs.pipeline'), width: 'minmax(110px, 1fr)', cell: (w) => <Link to="/runs/$run" params={{ run: w.run }}>{w.pipeline}</Link> },
    { key: 'activity', title: t('runs.activity'), width: 'minmax(100px, 1fr)', cell: ({ wait }) => wait.activity },
    { key: 'group', title: t('resources.group'), width: '110px', cell: (w) => <span title={w.person}>{w.group || <span className="quiet">–</span>}</span> },
    { key: 'why', title: t('runs.waitsFor'), width: 'minmax(220px, 3fr)', cell: ({ wait }) => <span title={wait.what}>{wait.what}</span> },
    { key: 'release', title: t('resources.release'), width: 'minmax(160px, 2.2fr)', cell: ({ wait }) => <span className="quiet" title={wait.release}>{wait.release}</span> },
    { key: 'since', title: t('resources.waitingSince'), width: '116px', cell: ({ wait }) => <When at={wait.since} /> },
    { key: 'earliest', title: t('resources.earliest'), width: '116px', cell: ({ wait }) => (wait.earliest == null ? <span className="quiet">{t('resources.unknown')}</span> : <When at={wait.earliest} />) },
  ], [t])
  return (
    <Loaded query={waits}>
      {({ total, waits: rows }) => rows.length > 0
        ? (
          <>
            {total > rows.length && <span className="quiet" style={{ fontSize: 13 }}>{t('resources.longest', { n: rows.length, total })}</span>}
            <Table label={t('resources.waiting')} columns={columns} rows={rows} keyOf={({ run, wait }) => `${run} ${wait.node} ${wait.activity}`} />
          </>
        )
        : <Empty title={t('resources.noWait')}>{t('resources.noWaitHow')}</Empty>}
    </Loaded>
  )
}
