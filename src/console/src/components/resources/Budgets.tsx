import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { budgetsQuery, type Budgets as All } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { Card, Meter } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import { When } from '../time/When'
import { hoursOf, type GroupHours } from './series'

type Budget = All['budgets'][number]

/** Budgets in GPU hours, and what each group used in a month whether it has one or not. */
export function Budgets() {
  const t = useText()
  const budgets = useQuery(budgetsQuery)
  return <Loaded query={budgets}>{(b) => <Both of={b} label={t('resources.budgets')} />}</Loaded>
}

function Both({ of, label }: { readonly of: All; readonly label: string }) {
  const t = useText()
  const [chosen, setMonth] = useState<string | null>(null)
  const month = chosen ?? of.month
  const months = useMemo(() => [...new Set([of.month, ...of.used.map((u) => u.month)])].sort().reverse(), [of])
  const hours = useMemo(() => hoursOf(of.used, month), [of.used, month])
  const columns = useMemo<Column<Budget>[]>(() => [
    { key: 'group', title: t('resources.group'), width: 'minmax(140px, 1.4fr)', cell: (b) => <>{b.group}{b.person != null && <span className="quiet"> · {b.person}</span>}</> },
    { key: 'used', title: t('resources.used'), width: '160px', end: true, cell: (b) => t('resources.of', { used: figureOf(b.used), total: figureOf(b.gpuHours) }) },
    { key: 'meter', title: '', width: 'minmax(120px, 1fr)', cell: (b) => <Meter label={`${b.group} ${b.person ?? ''}: ${label}`} used={b.used} total={Math.max(b.gpuHours, b.used)} own={b.gpuHours} /> },
    { key: 'left', title: t('resources.left'), width: '110px', end: true, cell: (b) => (b.usedUp ? <strong style={{ color: 'var(--bad)' }}>0</strong> : figureOf(b.left)) },
    { key: 'pace', title: t('resources.pace'), width: '110px', end: true, cell: (b) => figureOf(b.pace) },
    { key: 'out', title: t('resources.runsOut'), width: '140px', cell: (b) => (b.usedUp ? t('resources.usedUp') : b.runsOutAt == null ? <span className="quiet">{t('resources.lasts')}</span> : <When at={b.runsOutAt} />) },
    { key: 'then', title: t('resources.exhausted'), width: '150px', cell: (b) => <span style={b.holds ? { color: 'var(--bad)', fontWeight: 600 } : undefined}>{t(`resources.exhausted.${b.exhausted}`)}</span> },
  ], [t, label])
  const byGroup = useMemo<Column<GroupHours>[]>(() => {
    const greatest = hours[0]?.hours ?? 0
    return [
      { key: 'group', title: t('resources.group'), width: 'minmax(140px, 1fr)', cell: (g) => g.group || <span className="quiet">{t('resources.noGroup')}</span> },
      { key: 'hours', title: t('resources.gpuHours'), width: '120px', end: true, cell: (g) => figureOf(Math.round(g.hours * 1000) / 1000) },
      { key: 'bar', title: '', width: 'minmax(140px, 1.6fr)', cell: (g) => <Meter label={`${g.group}: ${t('resources.gpuHours')}`} used={g.hours} total={greatest} /> },
      { key: 'people', title: t('resources.person'), width: 'minmax(180px, 2fr)', cell: (g) => <span className="quiet">{g.people.map((p) => `${p.person || '–'} ${figureOf(Math.round(p.hours * 1000) / 1000)}`).join(', ')}</span> },
    ]
  }, [t, hours])
  return (
    <>
      <div style={of.budgets.length > 0 ? { flex: '1 1 0', minHeight: 150, display: 'flex', flexDirection: 'column' } : undefined}>
        {of.budgets.length > 0
          ? <Table label={label} columns={columns} rows={of.budgets} keyOf={(b) => `${b.group} ${b.person ?? ''}`} />
          : <Card title={label}><span className="quiet">{t('resources.noBudget')} <code>{'"budget": { "gpuHours": 2000 }'}</code></span></Card>}
      </div>
      <div style={{ display: 'flex', gap: 10, alignItems: 'center' }}><strong>{t('resources.gpuHoursByGroup')}</strong><Select w={120} aria-label={t('resources.month')} data={months} value={month} onChange={setMonth} allowDeselect={false} /></div>
      <div style={{ flex: '1.4 1 0', minHeight: 150, display: 'flex', flexDirection: 'column' }}>
        {hours.length > 0 ? <Table label={t('resources.gpuHoursByGroup')} columns={byGroup} rows={hours} keyOf={(g) => g.group} /> : <Empty title={t('resources.noUse')}>{t('resources.noUseHow')}</Empty>}
      </div>
    </>
  )
}
