import { ActionIcon, Select, Tabs, Title } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { attemptsQuery, type Activity, type Attempt, type RunDetail, type RunPlanNode, type RunProgress } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { JsonView } from '../json/JsonView'
import { Loaded } from '../problem/Loaded'
import { StateMark } from '../state/StateMark'
import { coresOf } from '../resources/amount'
import { bytesOf, durationOf, figureOf } from '../time/time'
import { Took, When } from '../time/When'
import { LogView } from './LogView'
import { OutputsView } from './OutputsView'
import type { PanelTab } from './search'
import classes from './RunPanel.module.css'

/** One activity of a run: how it stands and why, its log, its attempts, what went in and came out. */
export function ActivityPanel({ run, activity, node, progress, tab, attempt, onTab, onAttempt, onClose }: {
  readonly run: RunDetail
  readonly activity: Activity
  readonly node: RunPlanNode | undefined
  readonly progress: RunProgress | undefined
  readonly tab: PanelTab
  readonly attempt: number | undefined
  readonly onTab: (tab: PanelTab) => void
  readonly onAttempt: (attempt: number) => void
  readonly onClose: () => void
}) {
  const t = useText()
  const shown = attempt ?? activity.attempts
  return (
    <section className={classes.panel} aria-label={activity.name}>
      <div className={classes.head}>
        <Title order={2}>{activity.name}</Title>
        <StateMark state={activity.state} />
        <span className="quiet">{activity.type}</span>
        <Tabs value={tab} onChange={(v) => onTab(v as PanelTab)} ml="auto" variant="default">
          <Tabs.List style={{ border: 0 }}>
            {(['overview', 'log', 'attempts', 'inputs', 'outputs'] as const).map((name) => <Tabs.Tab key={name} value={name} py={9} id={`tab-${name}`} aria-controls="activity-panel">{t(`runs.tab.${name}`)}</Tabs.Tab>)}
          </Tabs.List>
        </Tabs>
        <ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('pages.close')} onClick={onClose}><IconX size={16} /></ActionIcon>
      </div>
      <div className={classes.body} id="activity-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === 'overview' && <Overview run={run} activity={activity} node={node} progress={progress} />}
        {tab === 'log' && (shown === 0
          ? <span className="quiet">{t('runs.noAttempt')}</span>
          : (
            <>
              {activity.attempts > 1 && <Select w={160} aria-label={t('runs.attempt')} data={Array.from({ length: activity.attempts }, (_, i) => ({ value: String(i + 1), label: `${t('runs.attempt')} ${i + 1}` }))} value={String(shown)} onChange={(v) => v && onAttempt(Number(v))} allowDeselect={false} />}
              <LogView key={`${activity.name} ${shown}`} run={run.id} activity={activity.name} attempt={shown} isOver={shown < activity.attempts || activity.endedAt != null} />
            </>
          ))}
        {tab === 'attempts' && <Attempts run={run} activity={activity} />}
        {tab === 'inputs' && (node ? <JsonView value={node.inputs} /> : <span className="quiet">{t('pages.none')}</span>)}
        {tab === 'outputs' && <OutputsView outputs={activity.outputs} isOver={activity.endedAt != null} />}
      </div>
    </section>
  )
}

function Overview({ run, activity, node, progress }: { readonly run: RunDetail; readonly activity: Activity; readonly node: RunPlanNode | undefined; readonly progress: RunProgress | undefined }) {
  const t = useText()
  const wait = run.waits.find((w) => w.node === activity.node)
  const now = progress?.activities.find((p) => p.activity === activity.name)
  return (
    <>
      {activity.failure && <div className={classes.failure}><strong className="mono">{activity.failure.code}</strong> · {activity.failure.kind}<br />{activity.failure.message}</div>}
      <div className={classes.columns}>
        <dl className={classes.facts}>
          {activity.note && <><dt>{t('runs.note')}</dt><dd>{activity.note}</dd></>}
          {wait && <><dt>{t('runs.waitsFor')}</dt><dd>{wait.what}. {wait.release}{wait.earliest != null && <> · {t('runs.earliest')} <When at={wait.earliest} /></>}</dd></>}
          <dt>{t('runs.started')}</dt><dd><When at={activity.startedAt} /></dd>
          <dt>{t('runs.took')}</dt><dd><Took seconds={activity.seconds} since={activity.startedAt} />{activity.readyAt != null && activity.startedAt != null && <span className="quiet"> · {t('runs.waited')} {durationOf((Date.parse(activity.startedAt) - Date.parse(activity.readyAt)) / 1000)}</span>}</dd>
          <dt>{t('runs.attempts')}</dt><dd className="num">{activity.attempts}{node && ` / ${node.maxAttempts}`}</dd>
          {now?.fraction != null && <><dt>{t('runs.progress')}</dt><dd className="num">{Math.round(now.fraction * 100)} % {now.message}</dd></>}
          {now?.secondsLeft != null && <><dt>{t('runs.left')}</dt><dd className="num">≈ {durationOf(now.secondsLeft)} <span className="quiet">({t(`runs.basis.${now.basis ?? 'history'}`)})</span></dd></>}
          {now?.usage && <><dt>{t('runs.uses')}</dt><dd className="num">{coresOf(now.usage.cores ?? 0, t)}, {bytesOf(now.usage.memoryBytes ?? 0)}</dd></>}
          {now?.metrics.map((m) => <div key={m.name} style={{ display: 'contents' }}><dt>{m.name}</dt><dd className="num">{figureOf(m.value)} <span className="quiet">@ {m.step}</span></dd></div>)}
        </dl>
        {node && (
          <dl className={classes.facts}>
            <dt>{t('runs.dependsOn')}</dt><dd>{node.dependsOn.join(', ') || t('pages.none')}{node.join !== 'all' && ` (${node.join})`}</dd>
            {node.when != null && <><dt>{t('runs.when')}</dt><dd className="mono">{node.when}</dd></>}
            <dt>{t('runs.asksFor')}</dt><dd className="num">{coresOf(node.resources.cpu, t)}, {node.resources.memoryBytes > 0 ? bytesOf(node.resources.memoryBytes) : '–'}{node.resources.gpu > 0 && `, ${figureOf(node.resources.gpu)} GPU`}{node.pool != null && ` · ${node.pool}`}</dd>
            <dt>{t('runs.cache')}</dt><dd>{node.cache}</dd>
            {node.timeoutSeconds != null && <><dt>{t('runs.timeout')}</dt><dd>{durationOf(node.timeoutSeconds)}</dd></>}
          </dl>
        )}
      </div>
    </>
  )
}

function Attempts({ run, activity }: { readonly run: RunDetail; readonly activity: Activity }) {
  const t = useText()
  const attempts = useQuery({ ...attemptsQuery(run.id, activity.name), refetchInterval: activity.endedAt == null ? 2000 : false })
  const order = useMemo(() => attempts.data?.toSorted((a, b) => b.number - a.number), [attempts.data])
  return (
    <Loaded query={attempts} lines={2}>
      {() => order!.length === 0
        ? <span className="quiet">{t('runs.noAttempt')}</span>
        : order!.map((a) => <AttemptRow key={a.id} attempt={a} />)}
    </Loaded>
  )
}

function AttemptRow({ attempt }: { readonly attempt: Attempt }) {
  const t = useText()
  const { usage } = attempt
  return (
    <div>
      <dl className={classes.facts}>
        <dt>{t('runs.attempt')} {attempt.number}</dt>
        <dd><StateMark state={attempt.state} /> · <When at={attempt.startedAt} /> · <Took seconds={attempt.seconds} since={attempt.startedAt} />{usage && <span className="quiet num"> · {figureOf(usage.averageCores ?? 0)} {t('runs.cores')} ⌀, {figureOf(usage.peakCores ?? 0)} {t('runs.peak')} · {bytesOf(usage.peakMemoryBytes ?? 0)} {t('runs.peak')}</span>}</dd>
      </dl>
      {attempt.failure && <div className={classes.failure}><strong className="mono">{attempt.failure.code}</strong> · {attempt.failure.kind}<br />{attempt.failure.message}</div>}
    </div>
  )
}
