import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lastResultQuery } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { ArtifactPreview } from '../artifacts/ArtifactPreview'
import { JsonView } from '../json/JsonView'
import { Loaded } from '../problem/Loaded'
import { ArtifactRow } from '../runs/OutputsView'
import { bytesOf, figureOf } from '../time/time'
import { When } from '../time/When'
import { flowed } from './model/flowed'
import type { Edge } from './model/picture'
import classes from './Designer.module.css'

/** What flowed along an edge in the last run that has it. */
export function EdgePreview({ pipeline, edge }: { readonly pipeline: string; readonly edge: Edge }) {
  const t = useText()
  const result = useQuery(lastResultQuery(pipeline, edge.from))
  return (
    <div className={classes.preview}>
      <Loaded query={result} lines={3}>
        {(last) => {
          if (last === null) return <p className={classes.none}>{t('design.noResult', { name: edge.from })}</p>
          const data = flowed(last.outputs, edge.output!)
          return (
            <>
              <p className={classes.previewHead}>
                <strong>{edge.from}.{edge.output}</strong> → {edge.to}{edge.input ? `.${edge.input}` : ''}
                {data.kind === 'artifact' && <span className={classes.quiet}>{data.artifact.kind} · {bytesOf(data.artifact.bytes)}</span>}
                <span className={classes.quiet}>{t('design.fromRun')} <Link to="/runs/$run" params={{ run: last.run }} search={{ activity: edge.from, tab: 'outputs' }}>{last.run.slice(0, 8)}</Link>, <When at={last.at} /></span>
              </p>
              {data.kind === 'missing' && <p className={classes.none}>{t('design.notGiven', { output: edge.output! })}</p>}
              {data.kind === 'number' && <p className={classes.figure}>{figureOf(data.value)}</p>}
              {data.kind === 'artifact' && <ArtifactPreview hash={data.artifact.$artifact} />}
              {data.kind === 'artifacts' && data.artifacts.map(({ path, ref }) => <ArtifactRow key={path} path={path} artifact={ref} />)}
              {data.kind === 'value' && <JsonView value={data.value} />}
            </>
          )
        }}
      </Loaded>
    </div>
  )
}
