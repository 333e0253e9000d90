import { Select, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { runQuery, runsQuery, type Activity, type RunDetail } from '@/api/runs/runs'
import { useLanguage, useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { StateMark } from '../state/StateMark'
import { Table, type Column } from '../table/Table'
import { durationOf, figureOf, instantOf } from '../time/time'
import { Took } from '../time/When'
import { valuesIn } from './facts'

const route = getRouteApi('/runs/compare')

/** Two runs side by side: what they were given, what they gave, and how long each activity took. */
export function ComparePage() {
  const t = useText()
  const { a, b } = route.useSearch()
  const left = useQuery({ ...runQuery(a ?? ''), enabled: a !== undefined })
  const right = useQuery({ ...runQuery(b ?? ''), enabled: b !== undefined })
  return (
    <Page title={t('runs.compare')} trail={<Link to="/runs">{t('shell.runs')}</Link>}>
      <div style={{ display: 'flex', gap: 10 }}>
        <Choice label={t('runs.first')} chosen={a} run={left.data} side="a" pipeline={undefined} />
        <Choice label={t('runs.second')} chosen={b} run={right.data} side="b" pipeline={left.data?.pipeline} />
      </div>
      {a === undefined || b === undefined
        ? <Empty title={t('runs.chooseTwo')} />
        : <Loaded query={left}>{(one) => <Loaded query={right}>{(two) => <Both left={one} right={two} />}</Loaded>}</Loaded>}
    </Page>
  )
}

function Choice({ label, chosen, run, side, pipeline }: { readonly label: string; readonly chosen: string | undefined; readonly run: RunDetail | undefined; readonly side: 'a' | 'b'; readonly pipeline: string | undefined }) {
  const { language } = useLanguage()
  const navigate = useNavigate()
  const search = route.useSearch()
  const runs = useInfiniteQuery(runsQuery(pipeline === undefined ? {} : { pipeline }))
  const items = runs.data?.pages.flatMap((p) => p.items) ?? []
  const option = (r: { readonly id: string; readonly pipeline: string; readonly createdAt: string; readonly state: string }) => ({ value: r.id, label: `${r.pipeline} · ${instantOf(r.createdAt, language)} · ${r.state} · ${r.id.slice(-8)}` })
  const data = items.map(option)
  if (chosen !== undefined && !data.some((d) => d.value === chosen)) data.push(run ? option(run) : { value: chosen, label: chosen })
  return <Select label={label} searchable w={420} data={data} value={chosen ?? null} onChange={(v) => void navigate({ to: '/runs/compare', search: { ...search, ...(v === null ? {} : { [side]: v }) }, replace: true })} allowDeselect={false} />
}

interface Row {
  readonly kind: string
  readonly name: string
  readonly left: unknown
  readonly right: unknown
}

const isActivity = (value: unknown): value is Activity => value !== null && typeof value === 'object' && 'node' in value

function Both({ left, right }: { readonly left: RunDetail; readonly right: RunDetail }) {
  const t = useText()
  const rows = useMemo<Row[]>(() => {
    const pairs = (kind: string, one: readonly (readonly [string, unknown])[], two: readonly (readonly [string, unknown])[]): Row[] => {
      const [first, second] = [new Map(one), new Map(two)]
      return [...new Set([...first.keys(), ...second.keys()])].map((name) => ({ kind, name, left: first.get(name), right: second.get(name) }))
    }
    const given = (r: RunDetail) => Object.entries((r.parameters ?? {}) as Record<string, unknown>)
    const all = (r: RunDetail) => r.activities.map((x) => [x.name, x] as const)
    return [
      { kind: '', name: t('pages.state'), left: t(`state.${left.state}`), right: t(`state.${right.state}`) },
      { kind: '', name: t('runs.took'), left: left.seconds == null ? null : durationOf(left.seconds), right: right.seconds == null ? null : durationOf(right.seconds) },
      ...pairs(t('runs.given'), given(left), given(right)),
      ...pairs(t('runs.outputs'), valuesIn(left.outputs), valuesIn(right.outputs)),
      ...pairs(t('runs.activity'), all(left), all(right)),
    ]
  }, [left, right, t])
  const columns = useMemo<Column<Row>[]>(() => [
    { key: 'kind', title: '', width: '110px', cell: (r) => <span className="quiet">{r.kind}</span> },
    { key: 'name', title: t('pages.name'), width: 'minmax(160px, 1fr)', cell: (r) => r.name },
    { key: 'left', title: <Link to="/runs/$run" params={{ run: left.id }}>{left.pipeline} {left.id.slice(-8)}</Link>, width: 'minmax(200px, 1.4fr)', cell: (r) => <Side value={r.left} /> },
    { key: 'right', title: <Link to="/runs/$run" params={{ run: right.id }}>{right.pipeline} {right.id.slice(-8)}</Link>, width: 'minmax(200px, 1.4fr)', cell: (r) => <Side value={r.right} /> },
    { key: 'change', title: t('runs.difference'), width: '140px', end: true, cell: (r) => <Change row={r} /> },
  ], [t, left, right])
  const differing = rows.filter((r) => !isActivity(r.left ?? r.right) && JSON.stringify(r.left) !== JSON.stringify(r.right)).length
  return (
    <>
      <Text size="sm" c="dimmed">{t('runs.differing', { n: differing })}</Text>
      <Table label={t('runs.compare')} columns={columns} rows={rows} keyOf={(r) => `${r.kind}/${r.name}`} />
    </>
  )
}

function Side({ value }: { readonly value: unknown }) {
  if (value == null) return <span className="quiet">–</span>
  if (isActivity(value)) return <><StateMark state={value.state} /> <span className="quiet"><Took seconds={value.seconds} since={value.startedAt} /></span></>
  return <span className={typeof value === 'number' ? 'num' : undefined}>{typeof value === 'number' ? figureOf(value) : typeof value === 'string' ? value : JSON.stringify(value)}</span>
}

function Change({ row: { left, right } }: { readonly row: Row }) {
  if (isActivity(left) && isActivity(right)) {
    const change = left.seconds != null && right.seconds != null ? right.seconds - left.seconds : null
    return change === null || Math.abs(change) < 0.05 ? null : <span style={{ color: change > 0 ? 'var(--bad)' : 'var(--good)' }}>{change > 0 && '+'}{durationOf(change)}</span>
  }
  if (typeof left === 'number' && typeof right === 'number') return left === right ? null : <>{right > left && '+'}{figureOf(right - left)}</>
  return JSON.stringify(left) === JSON.stringify(right) ? null : <>≠</>
}
