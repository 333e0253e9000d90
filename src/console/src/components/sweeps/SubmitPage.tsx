import { Button, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { startSweep, sweepCheckQuery, type SweepCheck } from '@/api/experiments/experiments'
import { pipelineQuery, pipelinesQuery } from '@/api/pipelines/pipelines'
import { useText } from '@/i18n/Language'
import { Card, Scroll } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { ProblemView } from '../problem/ProblemView'
import { Page } from '../shell/Page'
import { figureOf } from '../time/time'
import { askedFor, declaredIn, outputsIn, type Batch } from './batch'
import { ParameterRow } from './ParameterRow'

const route = getRouteApi('/experiments/sweeps/new')

/** Many runs of one pipeline at once: each with other parameters. */
export function SubmitPage() {
  const t = useText()
  const { pipeline } = route.useSearch()
  const navigate = useNavigate()
  const pipelines = useQuery(pipelinesQuery)
  return (
    <Page title={t('sweep.new')} trail={<Link to="/experiments" search={{ tab: 'sweeps' }}>{t('experiments.sweeps')}</Link>}>
      <Loaded query={pipelines}>
        {(all) => all.length === 0
          ? <Empty title={t('sweep.noPipeline')}><Link to="/designer">{t('sweep.noPipelineHow')}</Link></Empty>
          : (
            <>
              <Select
                label={t('runs.pipeline')} w={320} searchable data={all.map((p) => p.id)} value={pipeline ?? null} allowDeselect={false} placeholder={t('sweep.choosePipeline')}
                onChange={(v) => void navigate({ to: '/experiments/sweeps/new', search: v === null ? {} : { pipeline: v }, replace: true })}
              />
              {pipeline !== undefined && <Form key={pipeline} pipeline={pipeline} />}
            </>
          )}
      </Loaded>
    </Page>
  )
}

function Form({ pipeline }: { readonly pipeline: string }) {
  const found = useQuery(pipelineQuery(pipeline))
  return <Loaded query={found}>{({ file }) => <Fields pipeline={pipeline} file={file} />}</Loaded>
}

function Fields({ pipeline, file }: { readonly pipeline: string; readonly file: unknown }) {
  const t = useText()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const declared = useMemo(() => declaredIn(file), [file])
  const outputs = useMemo(() => outputsIn(file), [file])
  const [batch, setBatch] = useState<Batch>(() => ({
    name: `${pipeline}-batch`, pipeline, objective: { of: outputs.length > 0 ? 'output' : 'metric', name: outputs[0] ?? '', direction: 'maximize' }, sampler: 'grid', parallel: 2, trials: '',
    searches: Object.fromEntries(declared.map((d) => [d.name, d.byDefault === undefined ? { how: 'fixed', text: '' } : { how: 'default' }])),
  }))
  const set = (change: Partial<Batch>) => setBatch((b) => ({ ...b, ...change }))
  const { sweep, wrong } = useMemo(() => askedFor(batch, declared), [batch, declared])
  const [settled] = useDebouncedValue(sweep, 250)
  const check = useQuery({ ...sweepCheckQuery(settled ?? {}), enabled: settled !== null, placeholderData: keepPreviousData })
  const start = useMutation({
    mutationFn: () => startSweep(sweep!),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['sweeps'] })
      await navigate({ to: '/experiments/sweeps/$sweep', params: { sweep: id } })
    },
  })
  const told = sweep === null ? undefined : check.data
  if (declared.length === 0) return <Empty title={t('sweep.noParameter')}>{t('sweep.noParameterHow')}</Empty>
  return (
    <form style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) 330px', gap: 12, flex: 1, minHeight: 0 }} onSubmit={(e) => { e.preventDefault(); if (sweep !== null) start.mutate() }}>
      <Scroll label={t('sweep.parameters')}>
        <Card title={t('sweep.parameters')}>
          {declared.map((d) => <ParameterRow key={d.name} of={d} search={batch.searches[d.name]!} wrong={wrong.get(d.name)} isGrid={batch.sampler === 'grid'} onSearch={(search) => set({ searches: { ...batch.searches, [d.name]: search } })} />)}
        </Card>
        <Card title={t('sweep.goal')}>
          <div style={{ display: 'flex', gap: 8, alignItems: 'flex-end', flexWrap: 'wrap' }}>
            <SegmentedControl aria-label={t('sweep.goal')} value={batch.objective.of} data={[{ value: 'output', label: t('sweep.output') }, { value: 'metric', label: t('sweep.metric') }]} onChange={(of) => set({ objective: { ...batch.objective, of, name: of === 'output' ? outputs[0] ?? '' : '' } })} />
            {batch.objective.of === 'output'
              ? <Select w={200} aria-label={t('sweep.output')} data={[...outputs]} value={batch.objective.name || null} onChange={(v) => set({ objective: { ...batch.objective, name: v ?? '' } })} error={batch.objective.name === '' && t('sweep.noOutput')} />
              : <TextInput w={200} aria-label={t('sweep.metric')} placeholder="auc" value={batch.objective.name} onChange={(e) => set({ objective: { ...batch.objective, name: e.currentTarget.value.trim() } })} error={batch.objective.name === '' && t('sweep.fill')} />}
            <SegmentedControl aria-label={t('experiments.direction')} value={batch.objective.direction} data={[{ value: 'maximize', label: t('experiments.more') }, { value: 'minimize', label: t('experiments.less') }]} onChange={(direction) => set({ objective: { ...batch.objective, direction } })} />
          </div>
        </Card>
        <Card title={t('sweep.choice')}>
          <div style={{ display: 'flex', gap: 8, alignItems: 'flex-end', flexWrap: 'wrap' }}>
            <SegmentedControl aria-label={t('sweep.choice')} value={batch.sampler} data={(['grid', 'random', 'sobol', 'tpe'] as const).map((value) => ({ value, label: t(`experiments.sampler.${value}`) }))} onChange={(sampler) => set({ sampler })} />
            <NumberInput w={130} label={t('sweep.trials')} placeholder={batch.sampler === 'grid' ? t('sweep.all') : '50'} min={1} max={10_000} allowDecimal={false} value={batch.trials} onChange={(v) => set({ trials: typeof v === 'number' ? v : '' })} />
            <NumberInput w={130} label={t('sweep.parallel')} min={1} max={1000} allowDecimal={false} value={batch.parallel} onChange={(v) => set({ parallel: typeof v === 'number' ? v : '' })} />
            <TextInput w={220} label={t('pages.name')} value={batch.name} onChange={(e) => set({ name: e.currentTarget.value.trim() })} error={batch.name === '' && t('sweep.fill')} />
          </div>
          <span className="quiet" style={{ fontSize: 12 }}>{t(`sweep.about.${batch.sampler}`)}</span>
        </Card>
      </Scroll>
      <aside style={{ display: 'flex', flexDirection: 'column', gap: 10, minHeight: 0, overflow: 'auto', padding: 1 }}>
        <Card title={t('sweep.count')}>
          <div role="status" style={{ display: 'flex', flexDirection: 'column', gap: 8 }}>
            {sweep === null && <span className="quiet">{wrong.size > 0 ? t('sweep.fillFirst') : t('sweep.chooseWhat')}</span>}
            {told && told.most != null && <Told check={told} />}
            {told?.problem != null && <><strong style={{ color: 'var(--bad)' }}>{told.problem}</strong>{told.hint != null && <span className="quiet">{told.hint}</span>}</>}
          </div>
        </Card>
        {check.error && sweep !== null && <ProblemView error={check.error} onRetry={() => void check.refetch()} />}
        {start.error && <ProblemView error={start.error} />}
        <Button type="submit" size="sm" loading={start.isPending} disabled={sweep === null || told?.most == null}>{told?.most == null ? t('sweep.submit') : t('sweep.submitN', { n: told.most })}</Button>
      </aside>
    </form>
  )
}

function Told({ check }: { readonly check: SweepCheck }) {
  const t = useText()
  return (
    <>
      <strong style={{ fontSize: 22 }} className="num">{t('sweep.runs', { n: check.most! })}</strong>
      {check.combinations != null && <span className="quiet">{check.most! < check.combinations ? t('sweep.ofCombinations', { n: figureOf(check.combinations) }) : t('sweep.allCombinations')}</span>}
      {check.first.length > 0 && (
        <>
          <span className="quiet" style={{ fontSize: 12 }}>{t('sweep.first')}</span>
          {check.first.map((p, i) => <code key={i} style={{ fontSize: 12, overflowWrap: 'anywhere' }}>{Object.entries(p).map(([k, v]) => `${k}=${typeof v === 'number' ? figureOf(v) : typeof v === 'string' ? v : JSON.stringify(v)}`).join('  ')}</code>)}
        </>
      )}
    </>
  )
}
