import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { poolQuery, poolsQuery, type Amount, type Holder, type Machine, type Pool } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { Card, Cards, Facts, Meter, Scroll } from '../facts/Facts'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { bytesOf, figureOf } from '../time/time'
import { When } from '../time/When'
import { amountOf } from './amount'

/** The pools with their machines, and who holds what of them now. */
export function Pools() {
  const t = useText()
  const pools = useQuery(poolsQuery)
  return <Loaded query={pools}>{(rows) => <Both pools={rows} label={t('resources.pools')} />}</Loaded>
}

function Both({ pools, label }: { readonly pools: readonly Pool[]; readonly label: string }) {
  const details = useQueries({ queries: pools.map((p) => poolQuery(p.name)) })
  const holders = details.flatMap((d) => d.data?.holders ?? [])
  return (
    <>
      <div style={{ flex: holders.length > 0 ? '1.2 1 0' : '0 1 auto', minHeight: 200, display: 'flex', flexDirection: 'column' }}>
        <Scroll label={label}>
          <Cards>{pools.map((p, i) => <PoolCard key={p.name} pool={p} machines={details[i]?.data?.machines ?? []} />)}</Cards>
        </Scroll>
      </div>
      <Holders holders={holders} />
    </>
  )
}

function PoolCard({ pool, machines }: { readonly pool: Pool; readonly machines: readonly Machine[] }) {
  const t = useText()
  return (
    <Card title={pool.name} beside={<span className="quiet">{t('resources.machines', { n: pool.machines })}</span>}>
      {pool.description != null && <span className="quiet">{pool.description}</span>}
      <Use name={pool.name} used={pool.used} total={pool.total} />
      <Facts of={[[t('resources.executor'), [pool.executor, ...pool.overflow].join(' → ')]]} />
      {machines.map((m) => (
        <div key={m.name}>
          <div className="clip" style={{ fontSize: 13 }}><strong>{m.name}</strong> <span className="quiet">{m.gpus.map((g) => g.model).join(', ')}</span></div>
          <Use name={m.name} used={m.used} total={m.total} />
        </div>
      ))}
    </Card>
  )
}

function Use({ name, used, total }: { readonly name: string; readonly used: Amount; readonly total: Amount }) {
  const t = useText()
  const lines = [
    { key: 'cpu', title: t('runs.cores'), used: used.cpu, total: total.cpu, show: figureOf },
    { key: 'memory', title: t('resources.memory'), used: used.memory, total: total.memory, show: bytesOf },
    { key: 'gpu', title: 'GPU', used: used.gpu, total: total.gpu, show: figureOf },
  ].filter((l) => l.total > 0)
  return (
    <div style={{ display: 'grid', gridTemplateColumns: 'max-content minmax(40px, 1fr) max-content', gap: '3px 10px', alignItems: 'center', fontSize: 12 }}>
      {lines.map((l) => (
        <div key={l.key} style={{ display: 'contents' }}>
          <span className="quiet">{l.title}</span>
          <Meter label={`${name}: ${l.title}`} used={l.used} total={l.total} />
          <span className="num">{t('resources.of', { used: l.show(l.used), total: l.show(l.total) })}</span>
        </div>
      ))}
    </div>
  )
}

function Holders({ holders }: { readonly holders: readonly Holder[] }) {
  const t = useText()
  const columns = useMemo<Column<Holder>[]>(() => [
    { key: 'run', title: t('resources.holders'), width: 'minmax(160px, 2fr)', cell: (h) => <Link to="/runs/$run" params={{ run: h.run }}>{h.pipeline}</Link> },
    { key: 'person', title: t('resources.person'), width: 'minmax(110px, 1fr)', cell: (h) => h.person },
    { key: 'holds', title: t('resources.holds'), width: 'minmax(150px, 1.4fr)', cell: (h) => <span className="num">{amountOf(h.amount, t)}</span> },
    { key: 'borrowed', title: '', width: '100px', cell: (h) => h.borrowed && <span style={{ color: 'var(--warn)' }}>{t('resources.borrowed')}</span> },
    { key: 'pool', title: t('resources.pool'), width: '130px', cell: (h) => h.pool },
    { key: 'machine', title: t('resources.machine'), width: 'minmax(110px, 1fr)', cell: (h) => h.machine },
    { key: 'since', title: t('resources.from'), width: '120px', cell: (h) => <When at={h.since} /> },
  ], [t])
  if (holders.length === 0) return <span className="quiet">{t('resources.nobody')}</span>
  return <div style={{ flex: '1 1 0', minHeight: 140, display: 'flex' }}><Table label={t('resources.holders')} columns={columns} rows={holders} keyOf={(h) => `${h.run} ${h.node} ${h.attempt}`} /></div>
}
