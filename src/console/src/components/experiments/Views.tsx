import { SegmentedControl, Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { goalsQuery, type TrackedRun } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { Front } from './Front'
import { goalText, likely, type Goal } from './goals'
import { Importance } from './Importance'
import { Parallel } from './Parallel'

export const experimentViews = ['curves', 'parallel', 'front', 'importance'] as const
export type ExperimentView = (typeof experimentViews)[number]

/** What the runs of an experiment say as to one goal, or two. */
export function GoalViews({ view, experiment, filter, runs, parameters, metrics, goal, second, chosen, onChoose, onGoal, onSecond }: {
  readonly view: Exclude<ExperimentView, 'curves'>
  readonly experiment: string
  readonly filter: string
  readonly runs: readonly TrackedRun[]
  readonly parameters: readonly string[]
  readonly metrics: readonly string[]
  readonly goal: Goal
  readonly second: Goal | null
  readonly chosen: readonly string[]
  readonly onChoose: (ids: readonly string[]) => void
  readonly onGoal: (goal: Goal) => void
  readonly onSecond: (goal: Goal) => void
}) {
  const t = useText()
  const pair = view === 'front' ? second ?? null : null
  const found = useQuery({ ...goalsQuery({ experiment, filter, goals: [goal, ...(pair ? [pair] : [])].map(goalText) }), enabled: view !== 'parallel' && (view !== 'front' || pair !== null), placeholderData: keepPreviousData })
  return (
    <>
      <div style={{ display: 'flex', gap: 10, alignItems: 'center' }}>
        <GoalInput label={t('experiments.goal')} metrics={metrics} goal={goal} onGoal={onGoal} />
        {view === 'front' && pair && <GoalInput label={t('experiments.second')} metrics={metrics} goal={pair} onGoal={onSecond} />}
      </div>
      {view === 'parallel' && <Parallel runs={runs} parameters={parameters} goal={goal} chosen={chosen} onChoose={onChoose} />}
      {view === 'importance' && <Loaded query={found}>{(c) => <Importance of={c} />}</Loaded>}
      {view === 'front' && (pair === null
        ? <span className="quiet">{t('experiments.noFront')}</span>
        : <Loaded query={found}>{(c) => <Front runs={runs} front={c.front} goals={[goal, pair]} onChoose={onChoose} />}</Loaded>)}
    </>
  )
}

function GoalInput({ label, metrics, goal, onGoal }: { readonly label: string; readonly metrics: readonly string[]; readonly goal: Goal; readonly onGoal: (goal: Goal) => void }) {
  const t = useText()
  return (
    <div style={{ display: 'flex', gap: 6 }}>
      <Select w={170} aria-label={label} data={[...new Set([...metrics, goal.metric])]} value={goal.metric} onChange={(m) => m && onGoal(likely(m))} allowDeselect={false} searchable />
      <SegmentedControl
        aria-label={`${label}: ${t('experiments.direction')}`} value={goal.maximize ? 'max' : 'min'} onChange={(d) => onGoal({ ...goal, maximize: d === 'max' })}
        data={[{ value: 'max', label: t('experiments.more') }, { value: 'min', label: t('experiments.less') }]}
      />
    </div>
  )
}
