import { NumberInput, useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { goalsQuery, resumeSweep, stopSweep, sweepQuery, trialsQuery, type SweepDetail, type Trial } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { colourAt } from '../experiments/colours'
import { widthOf } from '../experiments/columns'
import { Importance } from '../experiments/Importance'
import { Card, Facts, Meter } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { figureOf } from '../time/time'
import { Took, When } from '../time/When'
import { bestSoFar } from './batch'

const Curves = lazy(() => import('../experiments/Curves'))
const route = getRouteApi('/experiments/sweeps/$sweep')

/** A sweep: how far it is, what it found so far, and each of its trials. */
export function SweepPage() {
  const t = useText()
  const { sweep: id } = route.useParams()
  const sweep = useQuery(sweepQuery(id))
  const s = sweep.data
  const isOver = s !== undefined && s.state !== 'running' && s.state !== 'stopping'
  return (
    <Page
      title={s?.name ?? t('experiments.sweep')} trail={<Link to="/experiments" search={{ tab: 'sweeps' }}>{t('experiments.sweeps')}</Link>}
      beside={s && <span className="quiet" style={{ fontSize: 13 }} title={s.because ?? ''}>{t(`experiments.sweep.${s.state as SweepState}`)}{s.because != null && ` · ${s.because}`}</span>}
      actions={s && (isOver ? <Resume sweep={s} /> : <ActionButton label={t('experiments.stop')} will={t('experiments.stopWill', { n: s.counts.running })} act={() => stopSweep(id)} changes={[['sweeps']]} danger />)}
    >
      <Loaded query={sweep}>{(found) => <Shown sweep={found} isOver={isOver} />}</Loaded>
    </Page>
  )
}

export type SweepState = 'running' | 'stopping' | 'completed' | 'stopped' | 'failed'

function Shown({ sweep, isOver }: { readonly sweep: SweepDetail; readonly isOver: boolean }) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const trials = useQuery(trialsQuery(sweep.id, isOver))
  const compared = useQuery({ ...goalsQuery({ sweep: sweep.id }), enabled: sweep.counts.completed > 1, staleTime: isOver ? 60_000 : 5000, refetchInterval: isOver ? false : 10_000 })
  const names = Object.keys(sweep.settings.space ?? {}).length > 0 ? Object.keys(sweep.settings.space ?? {}) : [...new Set((trials.data ?? []).flatMap((x) => Object.keys(x.parameters)))]
  const ended = sweep.counts.completed + sweep.counts.failed + sweep.counts.stopped
  const best = useMemo(() => bestSoFar(trials.data ?? [], sweep.direction === 'maximize'), [trials.data, sweep.direction])
  const values = useMemo(() => (trials.data ?? []).filter((x) => x.value != null).toSorted((a, b) => a.number - b.number), [trials.data])
  const curves = useMemo(() => [
    { label: t('experiments.bestSoFar'), ...best },
    { label: t('experiments.valueOf'), steps: values.map((x) => x.number), values: values.map((x) => x.value!) },
  ], [t, best, values])
  return (
    <>
      <div style={{ display: 'grid', gridTemplateColumns: 'minmax(300px, 1fr) minmax(0, 1.6fr)', gap: 10, minHeight: 300, flex: '1 0 0' }}>
        <Card title={t('experiments.progress')} beside={<span className="num quiet">{ended} / {sweep.most}</span>}>
          <Meter label={t('experiments.progress')} used={ended} total={sweep.most} />
          <Facts of={[
            [t('experiments.objective'), sweep.objective],
            [t('experiments.best'), sweep.bestTrial == null || sweep.best == null ? null : <strong className="num">{figureOf(sweep.best)}</strong>],
            [t('experiments.bestWith'), sweep.bestTrial && <Link to="/runs/$run" params={{ run: sweep.bestTrial.run }}>{Object.entries(sweep.bestTrial.parameters).map(([k, v]) => `${k} = ${text(v)}`).join(', ')}</Link>],
            [t('experiments.trials'), t('experiments.trialsOf', { completed: sweep.counts.completed, most: sweep.most, failed: sweep.counts.failed, stopped: sweep.counts.stopped })],
            [t('experiments.sampler'), t(`experiments.sampler.${sweep.settings.sampler ?? 'tpe'}`)],
            [t('runs.pipeline'), <Link key="p" to="/runs" search={{ pipeline: sweep.pipeline }}>{sweep.pipeline}</Link>],
            [t('experiments.experiment'), <Link key="e" to="/experiments/$experiment" params={{ experiment: sweep.experiment }}>{sweep.experiment}</Link>],
            [t('pages.created'), <><When at={sweep.createdAt} /> · {sweep.by}</>],
            [t('experiments.took'), <Took key="t" seconds={sweep.seconds} since={sweep.createdAt} />],
          ]}
          />
        </Card>
        <Card title={t('experiments.overTrials')} beside={<span style={{ fontSize: 12 }} className="quiet">{curves.map((c, i) => <span key={c.label} style={{ marginLeft: 14 }}><span aria-hidden="true" style={{ display: 'inline-block', width: 14, height: 3, verticalAlign: 'middle', marginRight: 6, background: colourAt(scheme, i) }} />{c.label}</span>)}</span>}>
          {best.steps.length > 0
            ? <div style={{ flex: 1, minHeight: 120, display: 'flex' }}><Suspense fallback={<div aria-busy="true" />}><Curves curves={curves} label={t('experiments.overTrials')} /></Suspense></div>
            : <span className="quiet">{t('experiments.noTrialYet')}</span>}
        </Card>
      </div>
      {compared.data && <Card title={t('experiments.importance')}><Importance of={compared.data} /></Card>}
      <div style={{ flex: '1.2 1 0', minHeight: 150, display: 'flex', flexDirection: 'column' }}>
        <Loaded query={trials}>{(rows) => <Trials rows={rows} names={names} best={sweep.bestTrial?.number} />}</Loaded>
      </div>
    </>
  )
}

const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? figureOf(value) : JSON.stringify(value))

export type TrialState = 'running' | 'waiting' | 'stopping' | 'completed' | 'stopped' | 'failed'

function Trials({ rows, names, best }: { readonly rows: readonly Trial[]; readonly names: readonly string[]; readonly best: number | undefined }) {
  const t = useText()
  const columns = useMemo<Column<Trial>[]>(() => [
    { key: 'number', title: '#', width: '64px', end: true, cell: (x) => <Link to="/runs/$run" params={{ run: x.run }}>{x.number}</Link> },
    { key: 'state', title: t('pages.state'), width: '130px', cell: (x) => <span title={x.because ?? ''}>{t(`experiments.trial.${x.state as TrialState}`)}{x.number === best && ' ★'}</span> },
    { key: 'value', title: t('experiments.valueOf'), width: '120px', end: true, cell: (x) => (x.value == null ? '–' : figureOf(x.value)) },
    ...names.map((name): Column<Trial> => ({ key: `p ${name}`, title: name, width: widthOf(name), end: true, cell: (x) => (x.parameters[name] === undefined ? '–' : text(x.parameters[name])) })),
    { key: 'took', title: t('experiments.took'), width: '110px', end: true, cell: (x) => <Took seconds={x.seconds} since={x.createdAt} /> },
    { key: 'because', title: '', width: 'minmax(120px, 1.5fr)', cell: (x) => <span className="quiet" title={x.because ?? ''}>{x.because}</span> },
  ], [t, names, best])
  return rows.length > 0 ? <Table anyColumns label={t('experiments.trials')} columns={columns} rows={rows} keyOf={(x) => String(x.number)} isActive={(x) => x.number === best} /> : <Empty title={t('experiments.noTrialYet')} />
}

function Resume({ sweep }: { readonly sweep: SweepDetail }) {
  const t = useText()
  const [trials, setTrials] = useState<number | string>('')
  return (
    <ActionButton
      label={t('experiments.resume')} act={() => resumeSweep(sweep.id, typeof trials === 'number' ? trials : null)} changes={[['sweeps']]}
      will={<>{t('experiments.resumeWill', { most: sweep.most })}<NumberInput mt="sm" label={t('experiments.trialsInAll')} min={1} max={10_000} allowDecimal={false} value={trials} onChange={setTrials} placeholder={String(sweep.most)} /></>}
    />
  )
}
