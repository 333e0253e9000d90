import { useEffect, useMemo, useState } from 'react'
import type { Activity, RunDetail, RunPlanNode } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { StateMark } from '../state/StateMark'
import { colourOf } from '../state/states'
import { Table, type Column } from '../table/Table'
import { durationOf } from '../time/time'
import { Took } from '../time/When'
import { criticalPath, nodeOf } from './graph'
import classes from './RunGantt.module.css'

/** A run over time: how long each activity waited and ran, and which of them decided the end. */
export function RunGantt({ run, plan, selected, onSelect }: {
  readonly run: RunDetail
  readonly plan: readonly RunPlanNode[]
  readonly selected: string | undefined
  readonly onSelect: (activity: string) => void
}) {
  const t = useText()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (run.endedAt != null) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [run.endedAt])

  const rows = useMemo(() => run.activities.filter((a) => a.readyAt != null || a.startedAt != null), [run.activities])
  const critical = useMemo(() => new Set(criticalPath(plan, run.activities)), [plan, run.activities])
  const columns = useMemo<Column<Activity>[]>(() => {
    const instant = (at: string | null | undefined) => (at == null ? now : Date.parse(at))
    const from = Date.parse(run.createdAt)
    const until = Math.max(...rows.map((a) => instant(a.endedAt)), from + 1)
    const place = (begin: number, end: number) => ({ left: `${(100 * (begin - from)) / (until - from)}%`, width: `${Math.max(0, (100 * (end - begin)) / (until - from))}%` })
    const lane = (a: Activity) => {
      const ready = instant(a.readyAt ?? a.startedAt)
      const start = a.startedAt == null ? (a.endedAt == null ? now : ready) : instant(a.startedAt)
      return (
        <span className={classes.lane} title={`${t('runs.waited')} ${durationOf((start - ready) / 1000)}, ${t('runs.ran')} ${durationOf((instant(a.endedAt) - start) / 1000)}`}>
          {start > ready && <span className={classes.wait} style={place(ready, start)} />}
          {a.startedAt != null && <span className={critical.has(nodeOf(a.name)) ? classes.critical : undefined} style={{ ...place(start, instant(a.endedAt)), background: colourOf(a.state) }} />}
        </span>
      )
    }
    const marks = [0, 0.25, 0.5, 0.75, 1].map((f) => durationOf(((until - from) * f) / 1000))
    return [
      { key: 'name', title: t('runs.activity'), width: 'minmax(140px, 220px)', cell: (a) => a.name },
      { key: 'state', title: t('pages.state'), width: '130px', cell: (a) => <StateMark state={a.state} /> },
      { key: 'took', title: t('runs.took'), width: '100px', end: true, cell: (a) => <Took seconds={a.seconds} since={a.startedAt} /> },
      { key: 'lane', title: <span className={classes.scale}>{marks.map((m, i) => <span key={i} className="num">{m}</span>)}</span>, width: 'minmax(300px, 4fr)', cell: lane },
    ]
  }, [rows, run.createdAt, now, critical, t])

  return <Table label={t('runs.gantt')} columns={columns} rows={rows} keyOf={(a) => String(a.node)} onOpen={(a) => onSelect(a.name)} isActive={(a) => a.name === selected} />
}
