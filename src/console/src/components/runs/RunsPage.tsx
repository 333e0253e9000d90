import { Button, Group, Select, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { pipelinesQuery } from '@/api/pipelines/pipelines'
import { runsQuery, type Run } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { StateMark } from '../state/StateMark'
import { wordOf } from '../state/states'
import { Table, type Column } from '../table/Table'
import { Took, When } from '../time/When'
import { RunBar } from './RunBar'
import { filterOf, runStates, spans, type RunSearch, type Span } from './search'
import { triggerOf } from './trigger'

const route = getRouteApi('/runs')

/** All runs, newest first. The filters live in the address. */
export function RunsPage() {
  const t = useText()
  const search = route.useSearch()
  const navigate = useNavigate()
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the span counts from when it was chosen
  const filter = useMemo(() => filterOf(search, Date.now()), [search.pipeline, search.state, search.span])
  const runs = useInfiniteQuery(runsQuery(filter))
  const pipelines = useQuery(pipelinesQuery)
  const rows = useMemo(() => runs.data?.pages.flatMap((p) => p.items) ?? [], [runs.data])
  const filtered = Object.keys(search).length > 0
  const set = (change: { [K in keyof RunSearch]?: RunSearch[K] | undefined }) =>
    void navigate({ to: '/runs', search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v !== undefined)), replace: true })

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = runs
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])

  const columns = useMemo<Column<Run>[]>(() => [
    { key: 'state', title: t('pages.state'), width: '130px', cell: (r) => <StateMark state={r.state} /> },
    { key: 'pipeline', title: t('runs.pipeline'), width: 'minmax(160px, 2fr)', cell: (r) => <Link to="/runs/$run" params={{ run: r.id }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{r.pipeline}</Link> },
    { key: 'id', title: t('runs.id'), width: '92px', cell: (r) => <span className="mono quiet" title={r.id}>{r.id.slice(-8)}</span> },
    { key: 'activities', title: t('runs.activities'), width: 'minmax(120px, 1fr)', cell: (r) => <RunBar counts={r.counts} /> },
    { key: 'trigger', title: t('runs.trigger'), width: 'minmax(120px, 1fr)', cell: (r) => <span className="quiet" title={triggerOf(r)}>{triggerOf(r)}</span> },
    { key: 'created', title: t('pages.created'), width: '116px', cell: (r) => <When at={r.createdAt} /> },
    { key: 'took', title: t('runs.took'), width: '96px', end: true, cell: (r) => <Took seconds={r.seconds} since={r.createdAt} /> },
    { key: 'failure', title: t('runs.failure'), width: 'minmax(120px, 1.4fr)', cell: (r) => r.failure && <span title={r.failure.message}><span className="mono">{r.failure.code}</span> <span className="quiet">{r.failure.message}</span></span> },
  ], [t])

  return (
    <Page title={t('shell.runs')} beside={<Text size="sm" c="dimmed">{t('pages.rows', { n: rows.length })}{runs.hasNextPage && '+'}</Text>}>
      <Group gap={8}>
        <Select aria-label={t('runs.pipeline')} placeholder={t('runs.anyPipeline')} clearable searchable w={220} value={search.pipeline ?? null} data={[...new Set([...(pipelines.data ?? []).map((p) => p.id), ...rows.map((r) => r.pipeline), ...(search.pipeline ? [search.pipeline] : [])])].sort()} onChange={(v) => set({ pipeline: v ?? undefined })} />
        <Select aria-label={t('pages.state')} placeholder={t('runs.anyState')} clearable w={150} value={search.state ?? null} data={runStates.map((s) => ({ value: s, label: t(wordOf(s)) }))} onChange={(v) => set({ state: v ?? undefined })} />
        <Select aria-label={t('runs.since')} placeholder={t('runs.anyTime')} clearable w={150} value={search.span ?? null} data={(Object.keys(spans) as Span[]).map((s) => ({ value: s, label: t(`runs.span.${s}`) }))} onChange={(v) => set({ span: v ?? undefined })} />
        {filtered && <Button variant="subtle" onClick={() => void navigate({ to: '/runs', search: {}, replace: true })}>{t('pages.clear')}</Button>}
      </Group>
      <Loaded query={runs} lines={12}>
        {() => rows.length > 0
          ? <Table label={t('shell.runs')} columns={columns} rows={rows} keyOf={(r) => r.id} onOpen={(r) => void navigate({ to: '/runs/$run', params: { run: r.id } })} onEnd={onEnd} />
          : filtered
            ? <Empty title={t('runs.noneFit')}><Button variant="default" onClick={() => void navigate({ to: '/runs', search: {}, replace: true })}>{t('pages.clear')}</Button></Empty>
            : <Empty title={t('runs.none')}>{t('runs.noneHow')} <code>mlp run samples/appstore/pipeline.json</code></Empty>}
      </Loaded>
    </Page>
  )
}
