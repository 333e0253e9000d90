import { Button, Checkbox, SegmentedControl, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { trackedRunsQuery, type TrackedRun } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import { When } from '../time/When'
import { namesIn, nextSort, orderOf, widthOf, type Sort } from './columns'
import { CurvesOf } from './CurvesOf'
import { goalOf, goalText, likely } from './goals'
import { experimentViews, GoalViews } from './Views'

const route = getRouteApi('/experiments/$experiment')
const first = 5 // runs whose curves show before any is chosen
const most = 10_000 // runs that are drawn

/** An experiment: its runs with their metrics and parameters, and the curves of those that are chosen. */
export function ExperimentPage() {
  const t = useText()
  const { experiment } = route.useParams()
  const { filter = '', metric, view = 'curves', goal: goalGiven, second: secondGiven } = route.useSearch()
  const navigate = useNavigate()
  const [typed, setTyped] = useState(filter)
  const [sort, setSort] = useState<Sort | null>(null)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const runs = useInfiniteQuery({ ...trackedRunsQuery(experiment, filter, orderOf(sort)), placeholderData: keepPreviousData })
  const rows = useMemo(() => runs.data?.pages.flatMap((p) => p.items) ?? [], [runs.data])
  const metrics = useMemo(() => namesIn(rows, 'metrics', 8), [rows])
  const parameters = useMemo(() => namesIn(rows, 'parameters', 8), [rows])
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = runs
  const onEnd = useCallback(() => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage() }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  // A picture of all runs needs all runs; the table alone reads on as it is scrolled.
  useEffect(() => { if (view !== 'curves' && rows.length < most) onEnd() }, [view, rows.length, onEnd])
  const goal = goalOf(goalGiven) ?? (metrics[0] === undefined ? null : likely(metrics[0]))
  const other = metrics.find((m) => m !== goal?.metric)
  const second = goalOf(secondGiven) ?? (other === undefined ? null : likely(other))
  const set = (change: { filter?: string | undefined; metric?: string | undefined; view?: string | undefined; goal?: string | undefined; second?: string | undefined }) =>
    void navigate({ to: '/experiments/$experiment', params: { experiment }, replace: true, search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, v]) => v !== undefined && v !== '')) })

  const columns = useMemo<Column<TrackedRun>[]>(() => {
    const sortable = (column: string) => ({ onSort: () => setSort((s) => nextSort(s, column)), sorted: sort?.column === column ? (sort.down ? 'descending' as const : 'ascending' as const) : undefined })
    return [
      { key: 'choose', title: '', width: '40px', cell: (r) => <Checkbox size="xs" aria-label={t('experiments.chooseRun', { run: r.name || r.id })} checked={chosen.includes(r.id)} onChange={() => setChosen((c) => (c.includes(r.id) ? c.filter((x) => x !== r.id) : [...c, r.id]))} /> },
      { key: 'name', title: t('experiments.run'), width: 'minmax(150px, 1.4fr)', cell: (r) => <span title={r.id}>{r.name || <span className="mono">{r.id.slice(-8)}</span>}</span> },
      { key: 'status', title: t('pages.state'), width: '96px', cell: (r) => t(`experiments.status.${r.status}`) },
      ...metrics.map((name): Column<TrackedRun> => ({ key: `m${name}`, title: name, width: widthOf(name), end: true, ...sortable(`metrics.\`${name}\``), cell: (r) => { const value = r.metrics[name]; return value === undefined ? '–' : typeof value === 'number' ? figureOf(value) : value } })),
      ...parameters.map((name): Column<TrackedRun> => ({ key: `p${name}`, title: name, width: widthOf(name), ...sortable(`params.\`${name}\``), cell: (r) => <span title={r.parameters[name]}>{r.parameters[name] ?? '–'}</span> })),
      { key: 'started', title: t('runs.started'), width: '120px', cell: (r) => <When at={r.startedAt} /> },
      { key: 'user', title: t('experiments.user'), width: '110px', cell: (r) => <span className="quiet">{r.user}</span> },
    ]
  }, [t, metrics, parameters, sort, chosen])
  const shown = useMemo(() => (chosen.length > 0 ? rows.filter((r) => chosen.includes(r.id)) : rows.slice(0, first)), [rows, chosen])

  return (
    <Page title={experiment} trail={<Link to="/experiments">{t('shell.experiments')}</Link>} beside={<Text size="sm" c="dimmed">{t('pages.rows', { n: rows.length })}{hasNextPage && '+'}</Text>}>
      <form style={{ display: 'flex', gap: 8 }} onSubmit={(e) => { e.preventDefault(); set({ filter: typed.trim() }) }}>
        <TextInput w={460} aria-label={t('pages.filter')} placeholder={t('experiments.filter')} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
        <Button type="submit" variant="default">{t('pages.filter')}</Button>
        {filter !== '' && <Button variant="subtle" onClick={() => { setTyped(''); set({ filter: undefined }) }}>{t('pages.clear')}</Button>}
      </form>
      <div style={{ flex: '1.2 1 0', minHeight: 200, display: 'flex', flexDirection: 'column' }}>
        <Loaded query={runs}>
          {() => rows.length > 0
            ? <Table anyColumns label={t('experiments.runs')} columns={columns} rows={rows} keyOf={(r) => r.id} onEnd={onEnd} />
            : <Empty title={t('experiments.noRun')}>{t('experiments.noRunHow')}</Empty>}
        </Loaded>
      </div>
      {metrics.length > 0 && shown.length > 0 && (
        <section style={{ flex: view === 'curves' ? '1 1 0' : '1.6 1 0', minHeight: 200, display: 'flex', flexDirection: 'column', gap: 8 }} aria-label={t(`experiments.view.${view}`)}>
          <div style={{ display: 'flex', gap: 10, alignItems: 'center' }}>
            <SegmentedControl aria-label={t('experiments.view')} value={view} data={experimentViews.map((value) => ({ value, label: t(`experiments.view.${value}`) }))} onChange={(v) => set({ view: v === 'curves' ? undefined : v })} />
            <span className="quiet">{chosen.length === 0 ? (view === 'curves' ? t('experiments.choose') : '') : t('experiments.chosen', { n: chosen.length })}</span>
            {chosen.length > 0 && <Button size="compact-xs" variant="subtle" onClick={() => setChosen([])}>{t('experiments.unchoose')}</Button>}
          </div>
          {view === 'curves'
            ? <CurvesOf runs={shown} metrics={metrics} metric={metric} onMetric={(chosenMetric) => set({ metric: chosenMetric })} />
            : goal !== null && (
              <GoalViews
                view={view} experiment={experiment} filter={filter} runs={rows} parameters={parameters} metrics={metrics} goal={goal} second={second} chosen={chosen}
                onChoose={setChosen} onGoal={(g) => set({ goal: goalText(g) })} onSecond={(g) => set({ second: goalText(g) })}
              />
            )}
        </section>
      )}
    </Page>
  )
}
