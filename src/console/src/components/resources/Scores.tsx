import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { pipelinesQuery } from '@/api/pipelines/pipelines'
import { lastEndedQuery, pipelineScoreQuery, runScoreQuery, type RunScore } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { Card, Facts, Scroll } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { figureOf } from '../time/time'

const route = getRouteApi('/resources')

/** How well a pipeline asks for what it uses, and what to ask for instead. */
export function Scores() {
  const t = useText()
  const { pipeline } = route.useSearch()
  const navigate = useNavigate()
  const pipelines = useQuery(pipelinesQuery)
  return (
    <Loaded query={pipelines}>
      {(all) => (
        <>
          <Select
            w={320} searchable aria-label={t('runs.pipeline')} placeholder={t('resources.choosePipeline')} data={all.map((p) => p.id)} value={pipeline ?? null} allowDeselect={false}
            onChange={(v) => void navigate({ to: '/resources', search: { tab: 'scores', ...(v === null ? {} : { pipeline: v }) }, replace: true })}
          />
          {pipeline === undefined ? <Empty title={t('resources.choosePipeline')}>{t('resources.scoreWhat')}</Empty> : <Of key={pipeline} pipeline={pipeline} />}
        </>
      )}
    </Loaded>
  )
}

function Of({ pipeline }: { readonly pipeline: string }) {
  const t = useText()
  const score = useQuery(pipelineScoreQuery(pipeline))
  const last = useQuery(lastEndedQuery(pipeline))
  return (
    <Loaded query={score}>
      {(s) => (s.score == null
        ? <Empty title={t('resources.noScore')}>{t('resources.noScoreHow')}</Empty>
        : (
          <Scroll label={t('resources.scores')}>
            <Card title={t('resources.scoreOf', { n: s.runs })} beside={<Mark score={s.score} />}>
              <Facts of={s.activities.map((a) => [a.activity, t('resources.scoreActivity', { score: figureOf(a.score), n: a.attempts })])} />
            </Card>
            {last.data != null && <Advice run={last.data.id} />}
          </Scroll>
        ))}
    </Loaded>
  )
}

function Mark({ score }: { readonly score: number }) {
  return <strong className="num" style={{ fontSize: 20, color: score >= 75 ? 'var(--good)' : score >= 50 ? 'var(--warn)' : 'var(--bad)' }}>{figureOf(score)}</strong>
}

function Advice({ run }: { readonly run: string }) {
  const t = useText()
  const score = useQuery(runScoreQuery(run))
  return (
    <Loaded query={score}>
      {(s: RunScore) => (
        <>
          <span className="quiet" style={{ fontSize: 13 }}>{t('resources.lastRun')} <Link to="/runs/$run" params={{ run }} style={{ textDecoration: 'underline' }}>{run.slice(-8)}</Link></span>
          {s.activities.map((a) => (
            <Card key={a.activity} title={a.activity} beside={<Mark score={a.score} />}>
              <div style={{ display: 'grid', gridTemplateColumns: 'max-content 90px minmax(0, 1fr)', gap: '6px 14px', fontSize: 13 }}>
                {a.parts.map((p) => (
                  <div key={p.aspect} style={{ display: 'contents' }}>
                    <span>{t(`resources.aspect.${p.aspect}`)}</span>
                    <span className="num">{p.value == null ? <span className="quiet">{t('resources.unknown')}</span> : `${Math.round(100 * p.value)} %`}</span>
                    <span>{p.advice}</span>
                  </div>
                ))}
              </div>
            </Card>
          ))}
        </>
      )}
    </Loaded>
  )
}
