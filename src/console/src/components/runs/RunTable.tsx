import { useMemo } from 'react'
import type { Activity } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { StateMark } from '../state/StateMark'
import { Table, type Column } from '../table/Table'
import { Took, When } from '../time/When'

/** The activities of a run, line by line. */
export function RunTable({ activities, selected, onSelect }: {
  readonly activities: readonly Activity[]
  readonly selected: string | undefined
  readonly onSelect: (activity: string) => void
}) {
  const t = useText()
  const columns = useMemo<Column<Activity>[]>(() => [
    { key: 'name', title: t('runs.activity'), width: 'minmax(150px, 1.2fr)', cell: (a) => a.name },
    { key: 'type', title: t('runs.type'), width: 'minmax(110px, 150px)', cell: (a) => <span className="quiet">{a.type}</span> },
    { key: 'state', title: t('pages.state'), width: '130px', cell: (a) => <StateMark state={a.state} /> },
    { key: 'started', title: t('runs.started'), width: '116px', cell: (a) => <When at={a.startedAt} /> },
    { key: 'took', title: t('runs.took'), width: '92px', end: true, cell: (a) => <Took seconds={a.seconds} since={a.startedAt} /> },
    { key: 'attempts', title: t('runs.attempts'), width: '84px', end: true, cell: (a) => a.attempts },
    { key: 'note', title: t('runs.note'), width: 'minmax(180px, 2.4fr)', cell: (a) => <span className="quiet" title={a.failure?.message ?? a.note ?? ''}>{a.failure ? <><span className="mono">{a.failure.code}</span> {a.failure.message}</> : a.note}</span> },
  ], [t])
  return <Table label={t('runs.activities')} columns={columns} rows={activities} keyOf={(a) => String(a.node)} onOpen={(a) => onSelect(a.name)} isActive={(a) => a.name === selected} />
}
