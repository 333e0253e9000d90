import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { quotasQuery, type Amount, type GroupQuota } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { Meter } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { amountOf, treeOf, type TreeRow } from './amount'

const isNothing = (a: Amount) => a.cpu === 0 && a.memory === 0 && a.gpu === 0

/** The quota tree: what each group owns, uses and has borrowed. */
export function Quotas() {
  const t = useText()
  const quotas = useQuery(quotasQuery)
  const rows = useMemo(() => treeOf(quotas.data?.quotas ?? []), [quotas.data])
  const columns = useMemo<Column<TreeRow<GroupQuota>>[]>(() => {
    const amount = (a: Amount | null | undefined) => (a == null ? <span className="quiet">–</span> : <span className="num">{amountOf(a, t)}</span>)
    return [
      { key: 'pool', title: t('resources.pool'), width: '104px', cell: ({ row }) => row.pool },
      { key: 'group', title: t('resources.group'), width: 'minmax(140px, 1.5fr)', cell: ({ row, depth }) => <span style={{ paddingLeft: 18 * depth }}>{depth > 0 && <span className="quiet" aria-hidden="true">└ </span>}{row.group}</span> },
      { key: 'own', title: t('resources.own'), width: 'minmax(112px, 1fr)', cell: ({ row }) => (row.nominal == null ? <span className="quiet">{t('resources.noOwn')}</span> : amount(row.nominal)) },
      { key: 'used', title: t('resources.used'), width: 'minmax(90px, 1fr)', cell: ({ row }) => amount(row.used) },
      { key: 'within', title: t('resources.within'), width: 'minmax(140px, 1fr)', cell: ({ row }) => amount(row.within) },
      {
        key: 'meter', title: '', width: '100px', cell: ({ row }) => {
          const own = (row.nominal?.cpu ?? 0) + (row.expanded?.cpu ?? 0)
          return own > 0 && <Meter label={`${row.pool} ${row.group}: ${t('runs.cores')}`} used={row.used.cpu} total={Math.max(own, row.used.cpu)} own={own} />
        },
      },
      { key: 'borrowed', title: t('resources.isBorrowed'), width: 'minmax(90px, 1fr)', cell: ({ row }) => (isNothing(row.borrowed) ? <span className="quiet">–</span> : <strong style={{ color: 'var(--warn)' }}>{amountOf(row.borrowed, t)}</strong>) },
      { key: 'limit', title: t('resources.limit'), width: 'minmax(134px, 1fr)', cell: ({ row }) => (row.borrowingLimit == null ? <span className="quiet">{t('resources.unlimited')}</span> : Object.entries(row.borrowingLimit).filter(([, v]) => v != null).map(([k, v]) => `${k} ${String(v)}`).join(', ')) },
      { key: 'expanded', title: t('resources.expanded'), width: 'minmax(112px, 1fr)', cell: ({ row }) => amount(row.expanded) },
    ]
  }, [t])
  return (
    <Loaded query={quotas}>
      {(q) => rows.length > 0
        ? (
          <>
            {q.appliedBy != null && <Text size="sm" c="dimmed">{t('resources.applied', { version: q.version, by: q.appliedBy })}</Text>}
            <Table label={t('resources.quotas')} columns={columns} rows={rows} keyOf={({ row }) => `${row.pool}/${row.group}`} />
          </>
        )
        : <Empty title={t('resources.noQuota')}>{t('resources.noQuotaHow')} <code>mlp quota apply samples/quotas/resources.json</code></Empty>}
    </Loaded>
  )
}
