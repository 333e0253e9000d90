import { artifactsIn, valuesIn } from './facts'
import { useState } from 'react'
import type { ArtifactRef } from '@/api/artifacts/artifacts'
import { useText } from '@/i18n/Language'
import { ArtifactPreview } from '../artifacts/ArtifactPreview'
import { bytesOf, figureOf } from '../time/time'
import classes from './RunPanel.module.css'

/** Outputs: values, and artifacts that open where they stand. */
export function OutputsView({ outputs, isOver }: { readonly outputs: unknown; readonly isOver: boolean }) {
  const t = useText()
  const values = valuesIn(outputs)
  const artifacts = artifactsIn(outputs)
  if (values.length === 0 && artifacts.length === 0) return <span className="quiet">{t(isOver ? 'runs.gaveNothing' : 'runs.noOutputs')}</span>
  return (
    <>
      {values.length > 0 && <Values values={values} />}
      {artifacts.map(({ path, ref }) => <ArtifactRow key={path} path={path} artifact={ref} />)}
    </>
  )
}

export function Values({ values }: { readonly values: readonly (readonly [string, unknown])[] }) {
  return (
    <dl className={classes.facts}>
      {values.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd className={typeof value === 'number' ? 'num' : 'mono'}>{typeof value === 'number' ? figureOf(value) : typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

export function ArtifactRow({ path, artifact }: { readonly path: string; readonly artifact: ArtifactRef }) {
  const [opened, setOpened] = useState(false)
  return (
    <details className={classes.artifact} onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary><strong>{path}</strong><span>{artifact.kind}</span><span className="quiet num">{bytesOf(artifact.bytes)}</span><span className="mono quiet" title={artifact.$artifact}>{artifact.$artifact.slice(7, 19)}</span></summary>
      {opened && <ArtifactPreview hash={artifact.$artifact} />}
    </details>
  )
}
