import { ActionIcon, Button, Tabs } from '@mantine/core'
import { IconAlertTriangle, IconChevronDown, IconChevronUp, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useState } from 'react'
import type { Diagnostic, Plan } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'
import { EdgePreview } from './EdgePreview'
import type { Edge } from './model/picture'
import classes from './Designer.module.css'

export type BelowTab = 'problems' | 'plan' | 'data'

export interface BelowProps {
  readonly pipeline: string
  /** The edge whose data can be looked at, where one is chosen. */
  readonly edge: Edge | null
  readonly problems: readonly Diagnostic[]
  readonly checking: boolean
  readonly plan: Plan | null
  readonly planError: unknown
  readonly planning: boolean
  readonly onPlan: () => void
  readonly tab: BelowTab
  readonly onTab: (tab: BelowTab) => void
  /** Parameters that a plan needs and nobody gave. */
  readonly lacking: readonly string[]
  readonly onGive: () => void
  readonly onProblem: (problem: Diagnostic) => void
  readonly onActivity: (name: string) => void
}

/** What is wrong, what a run would do, and what flowed where. */
export function Below({ pipeline, edge, problems, checking, plan, planError, planning, onPlan, tab, onTab, lacking, onGive, onProblem, onActivity }: BelowProps) {
  const t = useText()
  const [chosen, setClosed] = useState<boolean | null>(null)
  // Nothing to say takes no room.
  const closed = chosen ?? (tab === 'problems' && problems.length === 0)
  const errors = problems.filter((p) => p.severity === 'error').length
  return (
    <section className={classes.below} data-closed={closed || undefined} data-tall={tab === 'data' || undefined} aria-label={t('design.below')}>
      <Tabs value={tab} onChange={(v) => { onTab(v as BelowTab); setClosed(false); if (v === 'plan' && !plan && lacking.length === 0 && errors === 0) onPlan() }} keepMounted={false} variant="outline" classNames={{ root: classes.tabs!, panel: classes.tab! }}>
        <Tabs.List>
          <Tabs.Tab value="problems" leftSection={errors > 0 ? <IconCircleX size={14} color="var(--bad)" /> : problems.length > 0 ? <IconAlertTriangle size={14} color="var(--warn)" /> : <IconCircleCheck size={14} color="var(--good)" />}>
            {t('design.problems')}{problems.length > 0 ? ` ${problems.length}` : ''}
          </Tabs.Tab>
          <Tabs.Tab value="plan">{t('design.plan')}</Tabs.Tab>
          {edge && <Tabs.Tab value="data">{t('design.data')}</Tabs.Tab>}
        </Tabs.List>
        <span className={classes.fold}>
            {tab === 'plan' && !closed && <Button variant="subtle" size="compact-xs" loading={planning} disabled={errors > 0 || lacking.length > 0} onClick={onPlan}>{t('design.planAgain')}</Button>}
            <ActionIcon size="sm" variant="subtle" color="gray" c="var(--quiet)" aria-label={t(closed ? 'design.unfold' : 'design.fold')} onClick={() => setClosed(!closed)}>{closed ? <IconChevronUp size={14} /> : <IconChevronDown size={14} />}</ActionIcon>
          </span>
        {!closed && (
          <>
            <Tabs.Panel value="problems" tabIndex={0}>
              {problems.length === 0 && <p className={classes.none}>{checking ? t('design.checking') : t('design.fine')}</p>}
              <ul className={classes.list} aria-label={t('design.problems')}>
                {problems.map((p, i) => (
                  <li key={i}>
                    <button type="button" className={classes.problem} onClick={() => onProblem(p)}>
                      {p.severity === 'error' ? <IconCircleX size={14} color="var(--bad)" aria-label={t('design.error')} /> : <IconAlertTriangle size={14} color="var(--warn)" aria-label={t('design.warning')} />}
                      <code>{p.code}</code><span>{p.message}{p.hint && <em> {p.hint}</em>}</span><code className={classes.where}>{p.path}{p.line > 0 ? ` ${p.line}:${p.column}` : ''}</code>
                    </button>
                  </li>
                ))}
              </ul>
            </Tabs.Panel>
            <Tabs.Panel value="data" tabIndex={0}>{edge && <EdgePreview key={edge.id} pipeline={pipeline} edge={edge} />}</Tabs.Panel>
            <Tabs.Panel value="plan" tabIndex={0}>
              {lacking.length > 0 && !plan ? <p className={classes.none}>{t('design.lacking', { names: lacking.join(', ') })} <button type="button" className={classes.link} onClick={onGive}>{t('design.give')}</button></p> : planError ? <ProblemView error={planError} /> : plan ? <PlanTable plan={plan} onActivity={onActivity} /> : <p className={classes.none}>{errors > 0 ? t('design.planNot') : t('design.planWait')}</p>}
            </Tabs.Panel>
          </>
        )}
      </Tabs>
    </section>
  )
}

function PlanTable({ plan, onActivity }: { readonly plan: Plan; readonly onActivity: (name: string) => void }) {
  const t = useText()
  const hits = plan.nodes.filter((n) => n.cache === 'hit').length
  return (
    <>
      <p className={classes.summary}>{t('design.planSummary', { n: plan.nodes.length, levels: plan.levels, hits, cpu: plan.peak.cpu })}</p>
      <table className={classes.plan}>
        <thead><tr><th>{t('design.level')}</th><th>{t('design.activity')}</th><th>{t('design.cache')}</th><th>{t('design.why')}</th><th className={classes.number}>{t('design.seconds')}</th><th className={classes.number}>CPU</th></tr></thead>
        <tbody>
          {plan.nodes.map((n) => (
            <tr key={n.name} data-critical={n.critical || undefined}>
              <td>{n.level}</td>
              <td><button type="button" className={classes.link} onClick={() => onActivity(n.name)}>{n.name}</button>{n.critical && <span className={classes.quiet}> {t('design.critical')}</span>}</td>
              <td>{t(n.cache === 'hit' ? 'design.hit' : n.cache === 'miss' ? 'design.miss' : 'design.perhaps')}</td><td className={classes.quiet}>{n.cacheNote}</td>
              <td className={classes.number}>{n.secondsKnown ? n.seconds.toFixed(1) : '?'}</td><td className={classes.number}>{n.resources.cpu}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
