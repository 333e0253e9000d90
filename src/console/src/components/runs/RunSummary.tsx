import { Title } from '@mantine/core'
import { hasEnded, type RunDetail } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { When } from '../time/When'
import { OutputsView, Values } from './OutputsView'
import classes from './RunPanel.module.css'

/** What a run was given and gave, why it waits, and what alarms tell of it. */
export function RunSummary({ run }: { readonly run: RunDetail }) {
  const t = useText()
  const parameters = Object.entries((run.parameters ?? {}) as Record<string, unknown>)
  const trigger = Object.entries((run.trigger ?? {}) as Record<string, unknown>)
  return (
    <section className={classes.panel} aria-label={t('runs.summary')}>
      <div className={classes.body} tabIndex={0} role="region" aria-label={t('runs.summary')}>
        {run.failure && <div className={classes.failure}><strong className="mono">{run.failure.code}</strong> · {run.failure.kind}<br />{run.failure.message}</div>}
        {run.waits.length > 0 && (
          <dl className={classes.facts}>
            {run.waits.slice(0, 5).map((w) => <div key={w.node} style={{ display: 'contents' }}><dt>{t('runs.waitsFor')}</dt><dd><strong>{w.activity}</strong>: {w.what}. {w.release}{w.earliest != null && <> · {t('runs.earliest')} <When at={w.earliest} /></>}</dd></div>)}
          </dl>
        )}
        {run.alarms.length > 0 && <dl className={classes.facts}>{run.alarms.slice(0, 5).map((a) => <div key={a.id} style={{ display: 'contents' }}><dt>{t('runs.alarm')}</dt><dd>{a.summary}</dd></div>)}</dl>}
        <div className={classes.columns}>
          <div>
            <Title order={2} mb={4}>{t('runs.given')}</Title>
            <dl className={classes.facts}><dt>{t('runs.logicalDate')}</dt><dd><When at={run.logicalDate} /></dd></dl>
            <Values values={[...parameters, ...trigger.map(([k, v]) => [`${t('runs.trigger')}: ${k}`, v] as const)]} />
          </div>
          <div style={{ display: 'flex', flexDirection: 'column', gap: 8 }}>
            <Title order={2}>{t('runs.outputs')}</Title>
            <OutputsView outputs={run.outputs} isOver={hasEnded(run.state)} />
          </div>
        </div>
      </div>
    </section>
  )
}
