import { Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { meQuery } from '@/api/access/access'
import { endExpansion, expansionsQuery, type Expansion } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'
import { amountOf } from './amount'
import { ExpandForm } from './ExpandForm'
import { Requests } from './Requests'

/** Groups that have more than their own for a time. */
export function Expansions() {
  const t = useText()
  const expansions = useQuery(expansionsQuery)
  const me = useQuery(meQuery)
  const columns = useMemo<Column<Expansion>[]>(() => [
    { key: 'group', title: t('resources.group'), width: 'minmax(90px, 1fr)', cell: (e) => e.group },
    { key: 'pool', title: t('resources.pool'), width: 'minmax(100px, 1fr)', cell: (e) => e.pool },
    { key: 'more', title: t('resources.more'), width: 'minmax(100px, 1fr)', cell: (e) => <span className="num">{amountOf(e.more, t)}</span> },
    { key: 'state', title: t('pages.state'), width: '100px', cell: (e) => t(`resources.state.${e.state as 'coming' | 'inForce' | 'over'}`) },
    { key: 'from', title: t('resources.from'), width: '108px', cell: (e) => <When at={e.from} /> },
    { key: 'until', title: t('resources.until'), width: '108px', cell: (e) => <When at={e.until} /> },
    { key: 'by', title: t('pages.by'), width: '95px', cell: (e) => e.createdBy },
    { key: 'approver', title: t('resources.approver'), width: '110px', cell: (e) => e.approver },
    { key: 'why', title: t('resources.reason'), width: 'minmax(120px, 2fr)', cell: (e) => <span className="quiet" title={e.reason}>{e.reason}</span> },
    { key: 'act', title: '', width: '95px', end: true, cell: (e) => <ActionButton size="compact-xs" label={t('resources.end')} will={t('resources.endWill')} act={() => endExpansion(e.id)} changes={[['quotas']]} /> },
  ], [t])
  return (
    <>
      <Group gap="xs">{me.data?.role === 'admin' && <ExpandForm />}<ExpandForm asks /></Group>
      <Requests />
      <Loaded query={expansions}>
        {(rows) => rows.length > 0
          ? <Table label={t('resources.expansions')} columns={columns} rows={rows} keyOf={(e) => e.id} />
          : <Empty title={t('resources.noExpansion')}>{t('resources.noExpansionHow')} <code>mlp quota expand GROUP --pool POOL --cpu 1 --until PT8H --reason …</code></Empty>}
      </Loaded>
    </>
  )
}
