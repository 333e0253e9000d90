import { Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { acknowledge, alarmsQuery, channelsQuery, endSilence, resolve, silencesQuery, type Alarm, type AlarmState, type Silence } from '@/api/alarms/alarms'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { alarmTabs } from '../shell/tabs'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'
import { Deliveries } from './Deliveries'
import { SilenceForm } from './SilenceForm'

const route = getRouteApi('/alarms')

/** What is wrong, since when, and who was told. */
export function AlarmsPage() {
  const t = useText()
  const { tab = 'firing' } = route.useSearch()
  const channels = useQuery(channelsQuery)
  return (
    <Page title={t('shell.alarms')} beside={<Text size="sm" c="dimmed">{channels.data && (channels.data.length > 0 ? t('alarms.told', { channels: channels.data.map((c) => c.name).join(', ') }) : t('alarms.noChannel'))}</Text>}>
      <PageTabs label={t('shell.alarms')} chosen={tab} tabs={alarmTabs.map((value) => ({ value, label: t(`alarms.${value}`) }))} />
      {tab === 'silences' ? <Silences /> : tab === 'deliveries' ? <Deliveries /> : <Alarms state={tab === 'all' ? undefined : tab} />}
    </Page>
  )
}

const colours = { critical: 'var(--bad)', warning: 'var(--warn)', info: 'var(--busy)' } as const

function Alarms({ state }: { readonly state: AlarmState | undefined }) {
  const t = useText()
  const alarms = useInfiniteQuery(alarmsQuery(state))
  const rows = useMemo(() => alarms.data?.pages.flatMap((p) => p.items) ?? [], [alarms.data])
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = alarms
  const onEnd = useCallback(() => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage() }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const columns = useMemo<Column<Alarm>[]>(() => [
    { key: 'severity', title: t('alarms.severity'), width: '96px', cell: (a) => <span style={{ color: colours[a.severity], fontWeight: 600 }}>{t(`alarms.severity.${a.severity}`)}</span> },
    { key: 'summary', title: t('alarms.what'), width: 'minmax(220px, 3fr)', cell: (a) => <span title={a.summary}>{a.summary}</span> },
    { key: 'pipeline', title: t('runs.pipeline'), width: 'minmax(110px, 1fr)', cell: (a) => (a.run != null ? <Link to="/runs/$run" params={{ run: a.run }}>{a.pipeline ?? a.run.slice(-8)}</Link> : a.pipeline) },
    { key: 'event', title: t('alarms.event'), width: '100px', cell: (a) => <span className="quiet">{a.event}</span> },
    { key: 'at', title: t('pages.at'), width: '110px', cell: (a) => <When at={a.openedAt} /> },
    { key: 'state', title: t('pages.state'), width: '110px', cell: (a) => <span title={a.because ?? ''}>{t(`alarms.${a.state}`)}{a.by != null && <span className="quiet"> · {a.by}</span>}</span> },
    {
      key: 'act', title: '', width: '280px', end: true, cell: (a) => a.state === 'resolved' ? null : (
        <>
          {a.state === 'firing' && <ActionButton size="compact-xs" label={t('alarms.take')} will={t('alarms.takeWill')} act={() => acknowledge(a.id)} changes={[['alarms']]} />}{' '}
          <SilenceForm compact label={t('alarms.silenceIt')} of={{ pipeline: a.pipeline, event: a.event }} />{' '}
          <ActionButton size="compact-xs" label={t('alarms.resolve')} will={t('alarms.resolveWill')} act={() => resolve(a.id)} changes={[['alarms']]} />
        </>
      ),
    },
  ], [t])
  return (
    <Loaded query={alarms}>
      {() => rows.length > 0
        ? <Table label={t('shell.alarms')} columns={columns} rows={rows} keyOf={(a) => a.id} onEnd={onEnd} />
        : <Empty title={t(state === 'firing' ? 'alarms.noneFiring' : 'alarms.none')}>{t('alarms.noneHow')}</Empty>}
    </Loaded>
  )
}

function Silences() {
  const t = useText()
  const silences = useQuery(silencesQuery)
  const columns = useMemo<Column<Silence>[]>(() => [
    { key: 'what', title: t('alarms.what'), width: 'minmax(200px, 1fr)', cell: (s) => [s.pipeline, s.activity, s.event].filter((x) => x != null).join(' · ') || t('pages.all') },
    { key: 'reason', title: t('alarms.reason'), width: 'minmax(200px, 2fr)', cell: (s) => s.reason },
    { key: 'from', title: t('alarms.from'), width: '120px', cell: (s) => <When at={s.from} /> },
    { key: 'until', title: t('alarms.until'), width: '120px', cell: (s) => <When at={s.until} /> },
    { key: 'by', title: t('pages.by'), width: '120px', cell: (s) => s.by },
    { key: 'act', title: '', width: '120px', end: true, cell: (s) => <ActionButton size="compact-xs" label={t('alarms.endSilence')} will={t('alarms.endSilenceWill')} act={() => endSilence(s.id)} changes={[['alarms']]} /> },
  ], [t])
  return (
    <>
      <div><SilenceForm label={t('alarms.silence')} of={{}} /></div>
      <Loaded query={silences}>
        {(rows) => rows.length > 0
          ? <Table label={t('alarms.silences')} columns={columns} rows={rows} keyOf={(s) => s.id} />
          : <Empty title={t('alarms.noSilence')}>{t('alarms.noSilenceHow')} <code>mlp alarms silence --pipeline ID --for PT2H --reason …</code></Empty>}
      </Loaded>
    </>
  )
}
