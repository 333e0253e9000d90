import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { agentsQuery, sourcesQuery, type Agent, type Source } from '@/api/datasets/datasets'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { bytesOf, durationOf, figureOf } from '../time/time'
import { When } from '../time/When'

/** Where data is collected, and how far behind its agents are. */
export function Sources() {
  const t = useText()
  const sources = useQuery(sourcesQuery)
  const agents = useQuery(agentsQuery)
  const columns = useMemo<Column<Source>[]>(() => [
    { key: 'name', title: t('data.source'), width: 'minmax(160px, 1.5fr)', cell: (s) => s.definition.name },
    { key: 'kind', title: t('data.kind'), width: '110px', cell: (s) => s.definition.kind ?? 'push' },
    { key: 'records', title: t('data.records'), width: '120px', end: true, cell: (s) => (s.records == null ? '–' : figureOf(s.records)) },
    { key: 'bytes', title: t('data.bytes'), width: '110px', end: true, cell: (s) => (s.bytes == null ? '–' : bytesOf(s.bytes)) },
    { key: 'arrival', title: t('data.lastArrival'), width: '130px', cell: (s) => <When at={s.lastArrival} /> },
    { key: 'problem', title: t('data.problem'), width: 'minmax(140px, 2fr)', cell: (s) => s.problem != null && <span style={{ color: 'var(--bad)' }} title={s.problem}>{s.problem}</span> },
  ], [t])
  const agentColumns = useMemo<Column<Agent>[]>(() => [
    { key: 'agent', title: t('data.agent'), width: 'minmax(160px, 1.5fr)', cell: (a) => a.agent },
    { key: 'host', title: t('data.host'), width: 'minmax(120px, 1fr)', cell: (a) => a.report.host },
    { key: 'lag', title: t('data.lag'), width: '180px', end: true, cell: (a) => `${durationOf(a.lagSeconds)}, ${bytesOf(a.lagBytes)}` },
    { key: 'at', title: t('data.reported'), width: '130px', cell: (a) => <When at={a.reportedAt} /> },
    { key: 'silent', title: t('pages.state'), width: '110px', cell: (a) => a.silent && <span style={{ color: 'var(--bad)' }}>{t('data.silent')}</span> },
  ], [t])
  return (
    <Loaded query={sources}>
      {(rows) => rows.length === 0
        ? <Empty title={t('data.noSource')}>{t('data.noSourceHow')}</Empty>
        : (
          <>
            <Loaded query={agents} lines={2}>
              {(found) => (found.length > 0 ? <Table label={t('data.agent')} columns={agentColumns} rows={found} keyOf={(a) => a.agent} /> : <span className="quiet">{t('data.noAgent')}</span>)}
            </Loaded>
            <Table label={t('data.sources')} columns={columns} rows={rows} keyOf={(s) => s.definition.name} />
          </>
        )}
    </Loaded>
  )
}
