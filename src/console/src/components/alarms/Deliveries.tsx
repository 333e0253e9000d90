import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { deliveriesQuery, type Delivery } from '@/api/alarms/alarms'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'

const colours: Readonly<Partial<Record<Delivery['state'], string>>> = { failed: 'var(--bad)', waiting: 'var(--busy)', held: 'var(--warn)' }

/** Whom the alarms were told to, or are to be, and what kept them from it. */
export function Deliveries() {
  const t = useText()
  const deliveries = useQuery(deliveriesQuery)
  const columns = useMemo<Column<Delivery>[]>(() => [
    { key: 'at', title: t('pages.at'), width: '120px', cell: (d) => <When at={d.createdAt} /> },
    { key: 'channel', title: t('alarms.channel'), width: 'minmax(120px, 1fr)', cell: (d) => d.channel },
    { key: 'kind', title: t('alarms.message'), width: '120px', cell: (d) => t(`alarms.message.${d.kind}`) },
    { key: 'state', title: t('pages.state'), width: '150px', cell: (d) => <span style={{ color: colours[d.state] }}>{t(`alarms.delivery.${d.state}`)}</span> },
    { key: 'attempts', title: t('alarms.tries'), width: '80px', end: true, cell: (d) => d.attempts },
    { key: 'next', title: t('alarms.nextTry'), width: '120px', cell: (d) => <When at={d.nextAt} /> },
    { key: 'error', title: t('alarms.problem'), width: 'minmax(180px, 3fr)', cell: (d) => <span title={d.error ?? ''} style={{ color: 'var(--bad)' }}>{d.error}</span> },
  ], [t])
  return (
    <Loaded query={deliveries}>
      {(rows) => rows.length > 0
        ? <Table label={t('alarms.deliveries')} columns={columns} rows={rows} keyOf={(d) => `${d.alarm} ${d.channel} ${d.kind} ${d.createdAt}`} />
        : <Empty title={t('alarms.noDelivery')}>{t('alarms.noDeliveryHow')} <code>Alarms:Channels:NAME</code></Empty>}
    </Loaded>
  )
}
