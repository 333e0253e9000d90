import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { modelQuery, setAlias, type ModelVersion } from '@/api/models/models'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { ArtifactPreview } from '../artifacts/ArtifactPreview'
import { Card, Facts, Scroll } from '../facts/Facts'
import { LineageView } from '../data/LineageView'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { bytesOf, figureOf } from '../time/time'
import { When } from '../time/When'

const route = getRouteApi('/models/$model')

/** A model: its versions, what they score, why the gate let them through, and what they were made of. */
export function ModelPage() {
  const t = useText()
  const { model } = route.useParams()
  const { version } = route.useSearch()
  const navigate = useNavigate()
  const versions = useQuery(modelQuery(model))
  const metrics = useMemo(() => [...new Set(versions.data?.flatMap((v) => Object.keys((v.metrics ?? {}) as object)))].slice(0, 6), [versions.data])
  const columns = useMemo<Column<ModelVersion>[]>(() => [
    { key: 'version', title: t('models.version'), width: '90px', end: true, cell: (v) => v.version },
    { key: 'aliases', title: t('models.aliases'), width: '140px', cell: (v) => <strong>{v.aliases.join(', ')}</strong> },
    ...metrics.map((name): Column<ModelVersion> => ({ key: name, title: name, width: '100px', end: true, cell: (v) => { const value = ((v.metrics ?? {}) as Record<string, unknown>)[name]; return typeof value === 'number' ? figureOf(value) : value == null ? '–' : String(value) } })),
    { key: 'why', title: t('models.verdict'), width: 'minmax(240px, 3fr)', cell: (v) => <span className="quiet" title={v.description ?? ''}>{v.description}</span> },
    { key: 'created', title: t('pages.created'), width: '120px', cell: (v) => <When at={v.createdAt} /> },
    { key: 'run', title: t('runs.id'), width: '100px', cell: (v) => <Link to="/runs/$run" params={{ run: v.run }} className="mono">{v.run.slice(-8)}</Link> },
  ], [t, metrics])
  return (
    <Page title={model} trail={<Link to="/models">{t('shell.models')}</Link>}>
      <Loaded query={versions}>
        {(rows) => {
          const shown = rows.find((v) => v.version === version) ?? rows[0]
          return (
            <>
              <div style={{ flex: '0 1 auto', height: 36 + 33 * Math.min(8, rows.length), display: 'flex', flexDirection: 'column' }}>
                <Table label={t('models.versions')} columns={columns} rows={rows} keyOf={(v) => String(v.version)} isActive={(v) => v === shown} onOpen={(v) => void navigate({ to: '/models/$model', params: { model }, search: { version: v.version }, replace: true })} />
              </div>
              {shown && (
                <Scroll label={t('models.version')}>
                  <Card title={`${t('models.version')} ${shown.version}`} beside={!shown.aliases.includes('champion') && <ActionButton label={t('models.makeChampion')} will={t('models.makeChampionWill', { version: shown.version })} act={() => setAlias(model, 'champion', shown.version)} changes={[['models']]} />}>
                    <Facts of={[[t('models.verdict'), shown.description], [t('models.size'), bytesOf(shown.artifact.bytes)]]} />
                    <ArtifactPreview hash={shown.artifact.$artifact} />
                  </Card>
                  <Card title={t('data.lineage')}><LineageView kind="models" name={model} version={shown.version} /></Card>
                </Scroll>
              )}
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}
